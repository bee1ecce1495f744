# SPDX-License-Identifier: Apache-2.0
"""A dot plot of ratios as SVG: one panel per kernel, one line per operation."""

ROW, LEFT, PANEL, GAP, TOP = 26, 190, 430, 130, 96
LOW, HIGH = 0.95, 2.0

# Distinguishable without colours too.
MARKS = {
    "landlock": ("#d98200", "triangle"),
    "apparmor": ("#c0392b", "square"),
    "floor": ("#7f8c8d", "bar"),
    "unconfined": ("#7fb3d5", "circle"),
    "confined": ("#1a5276", "circle"),
}


def style(condition):
    if condition.startswith("bailiwick"):
        return MARKS[condition.split(", ")[1]]
    return MARKS.get(condition)


def mark(x, y, colour, shape, title):
    tip = f"<title>{title}</title>"
    if shape == "circle":
        body = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}">{tip}</circle>'
    elif shape == "square":
        body = (f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" '
                f'fill="{colour}">{tip}</rect>')
    elif shape == "bar":
        body = (f'<rect x="{x - 1.5:.1f}" y="{y - 8:.1f}" width="3" height="16" '
                f'fill="{colour}">{tip}</rect>')
    else:
        body = (f'<path d="M{x:.1f} {y - 6:.1f}l6 11h-12z" fill="{colour}">{tip}</path>')
    return body


def place(ratio):
    """x inside a panel."""
    return (ratio - LOW) / (HIGH - LOW) * PANEL


def row(run, operation, left, y, baseline):
    """One operation's marks; what is beyond the scale stands behind its end, with its number."""
    out, beyond = [], []
    for condition in run.conditions:
        ratio = run.ratio(operation, condition)
        look = style(condition)
        if ratio is None or look is None or condition == baseline:
            continue
        title = f"{condition}: {operation}: {ratio:.3f}"
        if ratio <= HIGH:
            out.append(mark(left + place(max(ratio, LOW)), y, *look, title))
        elif (look, f"{ratio:.1f}") not in beyond:
            x = left + PANEL + 12 + 40 * len(beyond)
            beyond.append((look, f"{ratio:.1f}"))
            out.append(mark(x, y, *look, title))
            out.append(f'<text x="{x + 8:.1f}" y="{y + 4:.1f}" class="far">{ratio:.1f}</text>')
    return out


def panel(run, left, baseline, aims):
    height = ROW * len(run.operations)
    out = [f'<text x="{left}" y="{TOP - 26}" class="head">kernel {run.kernel}</text>']
    for tick in (1.0, 1.2, 1.4, 1.6, 1.8, 2.0):
        x = left + place(tick)
        out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{TOP + height}" '
                   f'class="{"one" if tick == 1.0 else "grid"}"/>')
        out.append(f'<text x="{x:.1f}" y="{TOP - 10}" class="tick">{tick:.1f}</text>')
    for number, operation in enumerate(run.operations):
        y = TOP + ROW * number + ROW / 2
        out += row(run, operation, left, y, baseline)
        for condition, aimed, most in aims:
            if aimed == operation:
                x = left + place(most)
                out.append(f'<path d="M{x:.1f} {y - 11:.1f}v22" class="aim">'
                           f"<title>aim: {condition}: {most}</title></path>")
    return out


def legend(top):
    x, out = LEFT, []
    names = [("landlock", "Landlock"), ("apparmor", "AppArmor"),
             ("floor", "floor: empty eBPF programs"), ("unconfined", "Bailiwick, no role"),
             ("confined", "Bailiwick, confined, 10 and more rules")]
    for key, label in names:
        out.append(mark(x, top - 4, *MARKS[key], label))
        out.append(f'<text x="{x + 10}" y="{top}" class="label">{label}</text>')
        x += 30 + 6.6 * len(label)
    out.append(f'<path d="M{x:.1f} {top - 14}v18" class="aim"/>')
    out.append(f'<text x="{x + 8:.1f}" y="{top}" class="label">aim</text>')
    return out


def draw(runs, baseline, aims, aim_kernel):
    """SVG text; aims are drawn in the panel of aim_kernel."""
    rows = runs[0].operations
    width = LEFT + len(runs) * (PANEL + GAP) + 20
    height = TOP + ROW * len(rows) + 20
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        "<title>Instructions per operation, as ratios to no LSM program</title>",
        "<style>text{font:12px sans-serif;fill:#222}.head{font-weight:bold}"
        ".tick{text-anchor:middle;fill:#666}.far{font-size:11px}.name{text-anchor:end}"
        ".grid{stroke:#e3e3e3}.one{stroke:#888}.aim{stroke:#1e8449;stroke-width:1.5;"
        "stroke-dasharray:3 2;fill:none}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="22" class="head">Instructions per operation, '
        "as ratios to no LSM program</text>",
    ]
    out += legend(46)
    for number, operation in enumerate(rows):
        y = TOP + ROW * number + ROW / 2
        out.append(f'<text x="{LEFT - 12}" y="{y + 4:.1f}" class="name">{operation}</text>')
    for number, run in enumerate(runs):
        out += panel(run, LEFT + number * (PANEL + GAP), baseline,
                     aims if run.kernel == aim_kernel else [])
    return "\n".join(out + ["</svg>", ""])
