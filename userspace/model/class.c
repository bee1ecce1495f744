// SPDX-License-Identifier: Apache-2.0
/* Classes: objects that are named together */
#include <bailiwick/vocab.h>
#include <errno.h>
#include <string.h>

#include "model/build.h"
#include "model/expect.h"
#include "model/pattern.h"

static int read_pattern(struct build *build, const struct node *node, size_t skip, bool names,
			struct pattern *ret)
{
	const char *text = expect_text(build, node, "a path pattern");
	struct pattern_mistake wrong;
	struct location at;

	if (!text)
		return 0;
	text += skip;
	if (text[0] == '@' && !names) {
		at = place_part(build, node, skip, strlen(text));
		diag_error(build->diag, &at, "bad pattern: an abstract name is no program");
		return 0;
	}
	ret->at = place_part(build, node, skip, strlen(text));
	if (pattern_check(text, &wrong)) {
		at = place_part(build, node, skip + wrong.offset, wrong.length);
		diag_error(build->diag, &at, "bad pattern: %s", wrong.text);
		if (wrong.hint)
			diag_note(build->diag, NULL, "%s", wrong.hint);
		return 0;
	}
	ret->text = arena_text(build->arena, text, strlen(text));
	return ret->text ? 0 : -ENOMEM;
}

int build_pattern(struct build *build, const struct node *node, size_t skip, struct pattern *ret)
{
	return read_pattern(build, node, skip, false, ret);
}

int build_object_pattern(struct build *build, const struct node *node, struct pattern *ret)
{
	return read_pattern(build, node, 0, true, ret);
}

static int take_grade(struct build *build, void *thing, const struct node *node)
{
	struct class *class = thing;
	const struct word *word = expect_word(build, node, &vocabulary_grades);

	if (word)
		class->grade = (uint8_t)word->value;
	return 0;
}

static int take_protect(struct build *build, void *thing, const struct node *node)
{
	struct class *class = thing;

	return expect_bool(build, node, "'protect'", &class->protect);
}

static int take_severity(struct build *build, void *thing, const struct node *node)
{
	const struct word *word = expect_word(build, node, &vocabulary_severities);
	struct class *class = thing;

	if (!word)
		return 0;
	class->severity_given = true;
	class->severity = (uint8_t)word->value;
	return 0;
}

static int take_paths(struct build *build, void *thing, const struct node *node)
{
	struct elements elements = expect_elements(node);
	struct class *class = thing;
	size_t i;
	int r = 0;

	if (!expect_nonempty(build, node, elements, "'paths'"))
		return 0;
	class->paths = arena_array(build->arena, elements.count, sizeof(*class->paths));
	if (!class->paths)
		return -ENOMEM;
	class->path_count = elements.count;
	for (i = 0; i < elements.count && !r; i++)
		r = build_object_pattern(build, &elements.items[i], &class->paths[i]);
	return r;
}

int build_classes(struct build *build)
{
	static const struct key keys[] = {
		{ "grade", take_grade },
		{ "protect", take_protect },
		{ "severity", take_severity },
		{ "paths", take_paths },
	};
	struct policy *policy = build->policy;
	size_t i, errors;
	int r = 0;

	policy->class_count = build->classes.count;
	policy->classes = arena_array(build->arena, policy->class_count, sizeof(struct class *));
	if (!policy->classes)
		return -ENOMEM;
	for (i = 0; i < policy->class_count && !r; i++) {
		struct draft *draft = build->classes.list[i];
		struct class *class = draft->thing;

		build->doc = draft->doc;
		policy->classes[i] = class;
		class->at = place(build, draft->key);
		class->name = draft->name;
		class->grade = BAILIWICK_GRADE_INTERNAL;
		if (draft->body->kind == NODE_NULL)
			continue;
		errors = diag_errors(build->diag);
		r = expect_mapping(build, draft->body, "a class", keys,
				   sizeof(keys) / sizeof(keys[0]), class);
		if (!r && still_clean(build, errors) && !find_value(draft->body, "paths"))
			r = mistake(build, draft->key, "class '%s' has no 'paths'", class->name);
	}
	return r;
}
