// SPDX-License-Identifier: Apache-2.0
/* Any bytes as a policy file: no crash, no leak, and mistakes exactly when there is no policy */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "diag/diag.h"
#include "model/policy.h"
#include "parse/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/*
 * libfyaml 0.7.12 loses a small array for every quoted text with more than
 * eight escapes; the process that parses is short-lived. That nothing else of
 * the library's is forgotten is what tests/unit/parse checks under ASan.
 */
const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml\n";
}

static void insist(int condition)
{
	if (!condition)
		abort();
}

/* What the parser says about places must be what counting says */
static void check_places(const struct source *source, const struct node *node)
{
	size_t items = node->kind == NODE_LIST ? node->count :
		       node->kind == NODE_MAPPING ? 2 * (size_t)node->count : 0, i;
	struct location kept = node_place(source, node);
	struct location counted = source_place(source, node->offset, node->length);

	insist(kept.line == counted.line && kept.column == counted.column);
	for (i = 0; i < items; i++)
		check_places(source, &node->items[i]);
}

static void check_tree(const uint8_t *data, size_t size)
{
	struct diag *diag = diag_new();
	struct source *source = NULL;
	struct doc *doc = NULL;
	int r;

	insist(diag && source_new("f", data, size, &source) == 0);
	if (!doc_check_text(source, diag)) {
		r = doc_parse(source, diag, &doc);
		insist(r >= 0 && (r != 0) == (diag_errors(diag) != 0));
		if (!r)
			check_places(source, &doc->root);
	}
	doc_free(doc);
	source_free(source);
	diag_free(diag);
}

/* Messages may hold anything of the input, and must reach a terminal harmless */
static void check_messages(const struct diag *diag)
{
	char *text = NULL;
	size_t size = 0, i;
	FILE *stream = open_memstream(&text, &size);

	insist(stream != NULL);
	diag_print(diag, stream, DIAG_PLAIN);
	diag_print(diag, stream, DIAG_JSON);
	fclose(stream);
	for (i = 0; i < size; i++)
		insist((unsigned char)text[i] >= 0x20 || text[i] == '\n');
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *policy = NULL;
	struct diag *diag = diag_new();
	int fd = memfd_create("policy", MFD_CLOEXEC), r;
	char path[64], *paths[] = { path };

	insist(diag && fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = policy_load(paths, 1, diag, &policy);
	insist(r >= 0 && (r != 0) == (diag_errors(diag) != 0) && (r == 0) == (policy != NULL));
	check_messages(diag);
	policy_free(policy);
	diag_free(diag);
	close(fd);
	check_tree(data, size);
	return 0;
}
