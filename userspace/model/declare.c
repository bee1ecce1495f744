// SPDX-License-Identifier: Apache-2.0
/* The names of classes, networks and roles, gathered before any body is read */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/build.h"
#include "model/expect.h"

void drafts_done(struct drafts *drafts)
{
	strmap_done(&drafts->by_name);
	free(drafts->list);
}

/**
 * struct kind - what is declared under one key
 * @what:	"class", "role"
 * @limit:	the most there may be, called @limit_name
 * @size:	of the struct to allocate
 */
struct kind {
	const char *what;
	size_t limit;
	const char *limit_name;
	size_t size;
};

static bool is_name_character(char c, bool first)
{
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
		return true;
	return !first && (c == '-' || c == '_' || c == '.');
}

/* Is this a name that can be declared? Reports it if not */
static bool check_name(struct build *build, const struct node *key, const char *what)
{
	const char *text = key->text;
	size_t i;

	if (strlen(text) > NAME_LENGTH_MAX) {
		mistake(build, key, "the name of a %s has at most %d bytes (NAME_LENGTH_MAX)",
			what, NAME_LENGTH_MAX);
		return false;
	}
	for (i = 0; text[i] || !i; i++) {
		struct location at;

		if (is_name_character(text[i], !i))
			continue;
		at = place_part(build, key, i, 1);
		diag_error(build->diag, &at, "the name of a %s starts with a letter or digit and "
			   "goes on with letters, digits, '-', '_' and '.'", what);
		return false;
	}
	return true;
}

static bool is_reserved(struct build *build, const struct node *key, const char *what)
{
	static const char *const roles[] = { "none", "unconfined", "canary" };
	static const char *const networks[] = { "any", "loopback" };
	const char *const *words = what[0] == 'r' ? roles : networks;
	size_t count = what[0] == 'r' ? 3 : what[0] == 'n' ? 2 : 0, i;

	for (i = 0; i < count; i++)
		if (!strcmp(words[i], key->text)) {
			mistake(build, key, "'%s' is built in; it cannot be defined", key->text);
			return true;
		}
	return false;
}

static int drafts_add(struct drafts *drafts, struct draft *draft)
{
	size_t capacity = drafts->capacity ? 2 * drafts->capacity : 32;
	struct draft **list;

	if (drafts->count == drafts->capacity) {
		list = reallocarray(drafts->list, capacity, sizeof(struct draft *));
		if (!list)
			return -ENOMEM;
		drafts->list = list;
		drafts->capacity = capacity;
	}
	drafts->list[drafts->count++] = draft;
	return 0;
}

static int declare_one(struct build *build, const struct kind *kind, struct drafts *drafts,
		       const struct node *key, const struct node *body)
{
	struct draft *draft, *other;
	struct location at;

	if (!check_name(build, key, kind->what) || is_reserved(build, key, kind->what))
		return 0;
	draft = arena_alloc(build->arena, sizeof(*draft));
	if (!draft)
		return -ENOMEM;
	*draft = (struct draft){ .doc = build->doc, .key = key, .body = body };
	draft->thing = arena_alloc(build->arena, kind->size);
	draft->name = arena_text(build->arena, key->text, strlen(key->text));
	if (!draft->thing || !draft->name)
		return -ENOMEM;
	other = strmap_put(&drafts->by_name, draft->name, draft);
	if ((void *)other == &drafts->by_name)
		return -ENOMEM;
	if (other) {
		mistake(build, key, "%s '%s' is defined twice", kind->what, key->text);
		at = doc_place(other->doc, other->key);
		diag_note(build->diag, &at, "first defined here");
		return 0;
	}
	if (drafts->count == kind->limit)
		return mistake(build, key, "more than %zu of these (%s)", kind->limit,
			       kind->limit_name);
	return drafts_add(drafts, draft);
}

static int declare_section(struct build *build, const struct kind *kind, struct drafts *drafts,
			   const struct node *section)
{
	size_t i;
	int r = 0;

	if (section->kind != NODE_MAPPING)
		return mistake(build, section, "this is a mapping from the name of a %s to what "
			       "it is, not %s", kind->what, node_kind_name(section));
	for (i = 0; i < section->count && !r; i++) {
		const struct node *key = &section->items[2 * i];
		const struct node *body = key + 1;

		if (body->kind == NODE_NULL) {
			r = mistake(build, key, "%s '%s' says nothing", kind->what, key->text);
			if (!strcmp(kind->what, "role"))
				diag_note(build->diag, NULL, "write {} for a role without rights");
		}
		if (!r)
			r = declare_one(build, kind, drafts, key, body);
	}
	return r;
}

static int declare_classes(struct build *build, void *unused, const struct node *node)
{
	static const struct kind kind = {
		"class", CLASSES_MAX, "CLASSES_MAX", sizeof(struct class),
	};

	(void)unused;
	return declare_section(build, &kind, &build->classes, node);
}

static int declare_networks(struct build *build, void *unused, const struct node *node)
{
	static const struct kind kind = {
		"network", NETWORKS_MAX, "NETWORKS_MAX", sizeof(struct network),
	};

	(void)unused;
	return declare_section(build, &kind, &build->networks, node);
}

static int declare_roles(struct build *build, void *unused, const struct node *node)
{
	static const struct kind kind = { "role", ROLES_MAX, "ROLES_MAX", sizeof(struct role) };

	(void)unused;
	return declare_section(build, &kind, &build->roles, node);
}

static int check_version(struct build *build, void *unused, const struct node *node)
{
	const char *text = expect_text(build, node, "'version'");

	(void)unused;
	if (!text || !strcmp(text, "1"))
		return 0;
	return mistake(build, node, "version '%s' of the language is not known; "
		       "this is version 1", text);
}

/* Sections that are read later, once all names are known */
static int leave(struct build *build, void *unused, const struct node *node)
{
	(void)build;
	(void)unused;
	(void)node;
	return 0;
}

int declare_all(struct build *build)
{
	static const struct key keys[] = {
		{ "version", check_version },
		{ "classes", declare_classes },
		{ "networks", declare_networks },
		{ "roles", declare_roles },
		{ "defaults", leave },
		{ "assignments", leave },
	};
	size_t i;
	int r = 0;

	for (i = 0; i < build->doc_count && !r; i++) {
		const struct node *root = &build->docs[i]->root;
		struct location at;

		build->doc = build->docs[i];
		at = doc_place(build->doc, root);
		if (!find_value(root, "version"))
			diag_error(build->diag, &at, "no 'version': a policy says 'version: 1'");
		r = expect_mapping(build, root, "a policy", keys, sizeof(keys) / sizeof(keys[0]),
				   NULL);
	}
	return r;
}
