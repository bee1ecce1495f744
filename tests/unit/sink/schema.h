/* SPDX-License-Identifier: Apache-2.0 */
/* An event against what a schema says of it: each attribute, its type, its numbers */
#ifndef TESTS_SINK_SCHEMA_H
#define TESTS_SINK_SCHEMA_H

#include <arpa/inet.h>
#include <jansson.h>

#include "tests/unit/sink/hostile.h"

/* What is wrong, "" when nothing is; the first mistake alone */
struct verdict {
	char text[512];
};

static inline void find_fault(struct verdict *v, const char *where, const char *what)
{
	if (!*v->text)
		snprintf(v->text, sizeof(v->text), "%s: %s", where, what);
}

static inline void check_object(const json_t *schema, const json_t *attributes, const json_t *one_of,
				const json_t *object, const char *where, struct verdict *v);

static inline bool is_ip(const json_t *value)
{
	unsigned char bytes[16];
	const char *text = json_string_value(value);

	return text && (inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1);
}

static inline bool are_strings(const json_t *value)
{
	for (size_t i = 0; i < json_array_size(value); i++)
		if (!json_is_string(json_array_get(value, i)))
			return false;
	return json_array_size(value) > 0;
}

static inline bool fits(const char *type, const json_t *value)
{
	json_int_t number = json_integer_value(value);

	if (strncmp(type, "integer", 7) == 0)
		return json_is_integer(value) && number >= INT32_MIN && number <= INT32_MAX;
	if (strncmp(type, "long", 4) == 0)
		return json_is_integer(value);
	if (strncmp(type, "port", 4) == 0)
		return json_is_integer(value) && number >= 0 && number <= 65535;
	if (strncmp(type, "strings", 7) == 0)
		return are_strings(value);
	if (strncmp(type, "string", 6) == 0)
		return json_is_string(value);
	if (strncmp(type, "ip", 2) == 0)
		return is_ip(value);
	return json_is_object(value);		/* "free", "@…" */
}

static inline bool is_listed(const json_t *list, size_t from, const json_t *value)
{
	for (size_t i = from; i < json_array_size(list); i++)
		if (json_equal(json_array_get(list, i), value))
			return true;
	return json_array_size(list) <= from;
}

static inline void check_value(const json_t *schema, const json_t *attribute, const json_t *value,
			       const char *where, struct verdict *v)
{
	const char *type = json_string_value(json_array_get(attribute, 0));
	char name[64];
	const json_t *object;

	if (!fits(type, value))
		find_fault(v, where, type);
	if (!is_listed(attribute, 1, value))
		find_fault(v, where, "not in the enumeration");
	if (*type != '@')
		return;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(type + 1, "!"), type + 1);
	object = json_object_get(json_object_get(schema, "objects"), name);
	assert_non_null(object);
	check_object(schema, json_object_get(object, "attributes"), json_object_get(object, "one_of"), value,
		     where, v);
}

static inline void check_object(const json_t *schema, const json_t *attributes, const json_t *one_of,
				const json_t *object, const char *where, struct verdict *v)
{
	const char *name;
	json_t *value;
	bool found = json_array_size(one_of) == 0;
	char path[256];

	json_object_foreach((json_t *)attributes, name, value) {
		const char *type = json_string_value(json_array_get(value, 0));

		snprintf(path, sizeof(path), "%s.%s", where, name);
		if (type[strlen(type) - 1] == '!' && !json_object_get(object, name))
			find_fault(v, path, "missing");
	}
	json_object_foreach((json_t *)object, name, value) {
		const json_t *attribute = json_object_get(attributes, name);

		snprintf(path, sizeof(path), "%s.%s", where, name);
		if (attribute)
			check_value(schema, attribute, value, path, v);
		else
			find_fault(v, path, "no such attribute");
	}
	for (size_t i = 0; i < json_array_size(one_of); i++)
		found |= json_object_get(object, json_string_value(json_array_get(one_of, i))) != NULL;
	if (!found)
		find_fault(v, where, "none of those it must have one of");
}

/* The attributes of a class with those of the profiles that the event says it has */
static inline json_t *attributes_of(const json_t *schema, const json_t *class, const json_t *event)
{
	const json_t *profiles = json_object_get(json_object_get(event, "metadata"), "profiles");
	json_t *all = json_copy(json_object_get(schema, "base"));

	for (size_t i = 0; i < json_array_size(profiles); i++)
		json_object_update(all, json_object_get(json_object_get(schema, "profiles"),
				   json_string_value(json_array_get(profiles, i))));
	json_object_update(all, json_object_get(class, "attributes"));
	return all;
}

static inline struct verdict check_event(const json_t *schema, const json_t *event)
{
	json_int_t uid = json_integer_value(json_object_get(event, "class_uid"));
	json_t *activity = json_object_get(event, "activity_id"), *attributes;
	struct verdict v = { "" };
	const char *version = json_string_value(json_object_get(json_object_get(event, "metadata"), "version"));
	const json_t *class;
	char name[24];

	snprintf(name, sizeof(name), "%d", (int)uid);
	class = json_object_get(json_object_get(schema, "classes"), name);
	if (!class) {
		find_fault(&v, name, "no such class");
		return v;
	}
	attributes = attributes_of(schema, class, event);
	check_object(schema, attributes, json_object_get(class, "one_of"), event, name, &v);
	json_decref(attributes);
	if (!is_listed(json_object_get(class, "activities"), 0, activity))
		find_fault(&v, name, "no such activity");
	if (json_integer_value(activity) == 99 && !json_object_get(event, "activity_name"))
		find_fault(&v, name, "another activity without a name");
	if (json_integer_value(json_object_get(event, "category_uid")) != uid / 1000)
		find_fault(&v, name, "another category's");
	if (json_integer_value(json_object_get(event, "type_uid")) != uid * 100 + json_integer_value(activity))
		find_fault(&v, name, "type_uid is not its class and activity");
	if (!version || strcmp(version, "1.8.0"))
		find_fault(&v, name, "another version's");
	return v;
}

#endif
