// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/sinkconfig.h: sections, and every mistake with its line */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/sinkconfig.h"

static struct config config;
static struct buffer why;

static int tear_down(void **state)
{
	(void)state;
	buffer_done(&why);
	config_done(&config);
	return 0;
}

static int parse(const char *text)
{
	config_done(&config);
	config_init(&config);
	buffer_clear(&why);
	return config_parse(&config, "c", text, strlen(text), &why);
}

static void sections_become_sinks(void **state)
{
	(void)state;
	assert_int_equal(parse("RING_SIZE=8M\n[sink here]\nTYPE=file\nFILE=/var/log/e.json\n"
			       "MAX_SIZE=10M\nKEEP=3\nSEVERITY=serious\nFORMAT=text\n"
			       "# and\n[sink there-2]\nTYPE = file\nFILE = /a b\n"), 0);
	assert_int_equal(config.ring_size, 8 << 20);
	assert_int_equal(config.sink_count, 2);
	assert_string_equal(config.sinks[0].name, "here");
	assert_string_equal(config.sinks[0].file, "/var/log/e.json");
	assert_int_equal(config.sinks[0].max_size, 10 << 20);
	assert_int_equal(config.sinks[0].keep, 3);
	assert_int_equal(config.sinks[0].severity, 1);
	assert_int_equal(config.sinks[0].format, SINK_FORMAT_TEXT);
	assert_string_equal(config.sinks[1].file, "/a b");
	assert_int_equal(config.sinks[1].keep, 5);
}

struct mistake {
	const char *text, *says;
};

static const struct mistake mistakes[] = {
	{ "[sink]\n", "c:1: a section begins with" },
	{ "[snik a]\n", "c:1: a section begins with" },
	{ "[sink a\n", "c:1: a section begins with" },
	{ "[sink A]\n", "c:1: the name of a sink is made of" },
	{ "[sink ]\n", "c:1: the name of a sink is made of" },
	{ "[sink ../x]\n", "c:1: the name of a sink is made of" },
	{ "[sink a]\nTYPE=file\nFILE=/a\n[sink a]\n", "c:4: the sink a is there already, in line 1" },
	{ "[sink a]\n", "c:1: the sink a needs TYPE" },
	{ "[sink a]\nTYPE=file\n", "c:1: the sink a needs FILE" },
	{ "[sink a]\nFILE=/a\nTYPE=file\nFILE=/a\n", "c:2: TYPE comes first" },
	{ "[sink a]\nTYPE=file\nFILE=/a\nTYPE=file\n", "c:4: TYPE is said already" },
	{ "[sink a]\nTYPE=telegram\n", "c:2: TYPE is one of file, syslog, relp, nats, journald" },
	{ "[sink a]\nTYPE=file\nFILE=/a\nFORMAT=xml\n", "c:4: FORMAT is one of json" },
	{ "[sink a]\nTYPE=file\nFILE=/a\nSEVERITY=high\n", "c:4: SEVERITY is one of ordinary" },
	{ "[sink a]\nTYPE=file\nFILE=relative\n", "c:3: FILE wants an absolute path" },
	{ "[sink a]\nTYPE=file\nFILE=/a\nKEEP=x\n", "c:4: KEEP wants a number between 0 and 1000" },
	{ "[sink a]\nTYPE=file\nFILE=/a\nFIEL=/b\n", "c:4: unknown key FIEL, did you mean FILE?" },
	{ "[sink a]\nTYPE=file\nFILE=/a\nADDRESS=x\n", "c:4: ADDRESS means nothing to a sink of type file" },
	{ "[sink a]\nTYPE=syslog\n", "c:1: the sink a needs ADDRESS" },
	{ "[sink a]\nTYPE=syslog\nADDRESS=h:1\nTLS=yes\n", "c:1: the sink a needs CA" },
	{ "[sink a]\nTYPE=syslog\nADDRESS=h:1\nTLS=on\n", "c:4: TLS is one of yes, no" },
	{ "[sink a]\nTYPE=syslog\nADDRESS=h 1\n", "c:3: ADDRESS has a byte that cannot be meant" },
	{ "[sink a]\nTYPE=syslog\nADDRESS=h:1\nCA=/c\n", "c:1: the sink a needs TLS=yes" },
	{ "[sink a]\nTYPE=syslog\nADDRESS=h:1\nTLS=yes\nCA=/c\nKEY=/k\n", "c:1: the sink a needs both" },
	{ "[sink a]\nTYPE=syslog\nADDRESS=h:1\nTIMEOUT=0\n", "c:4: TIMEOUT wants a number between 1" },
	{ "[sink a]\nTYPE=nats\nADDRESS=h:1\n", "c:1: the sink a needs SUBJECT" },
	{ "[sink a]\nTYPE=nats\nADDRESS=h:1\nSUBJECT=a.*\n", "c:1: the sink a needs SUBJECT, one without" },
	{ "[sink a]\nTYPE=nats\nADDRESS=h:1\nSUBJECT=a\nUSER=u\n", "c:1: the sink a needs both USER" },
	{ "[sink a]\nTYPE=nats\nADDRESS=h:1\nSUBJECT=a\nSEED=/s\n", "c:1: the sink a needs both NKEY" },
	{ "[sink a]\nTYPE=nats\nADDRESS=h:1\nSUBJECT=a\nUSER=u\nPASSWORD=/p\n", "c:1: the sink a needs TLS" },
	{ "[sink a]\nTYPE=nats\nADDRESS=h:1\nSUBJECT=a\nTLS=yes\nCA=/c\nUSER=u\nPASSWORD=/p\nNKEY=U\nSEED=/s\n",
	  "c:1: the sink a needs either USER or NKEY" },
	{ "[sink a]\nTYPE=syslog\nADDRESS=h:1\nSUBJECT=a\n", "c:4: SUBJECT means nothing to a sink of type" },
	{ "[sink a]\nTYPE=file\nFILE=/a\nRING_SIZE=8M\n", "c:4: unknown key RING_SIZE" },
};

static void every_mistake_has_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(*mistakes); i++) {
		assert_true(parse(mistakes[i].text) > 0);
		if (!strstr(why.data, mistakes[i].says))
			fail_msg("%s: %s", mistakes[i].text, why.data);
	}
}

static void there_is_a_most(void **state)
{
	struct buffer text = { 0 };

	(void)state;
	for (int i = 0; i <= SINKS_MAX; i++)
		buffer_printf(&text, "[sink s%d]\nTYPE=file\nFILE=/a\n", i);
	assert_true(parse(text.data) > 0);
	assert_non_null(strstr(why.data, "c:49: no more than 16 sinks"));
	buffer_done(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(sections_become_sinks, tear_down),
		cmocka_unit_test_teardown(every_mistake_has_its_line, tear_down),
		cmocka_unit_test_teardown(there_is_a_most, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
