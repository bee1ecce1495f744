// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/syslog.c and sink/stream.c: a real rsyslog, and peers that are none */
#include "tests/unit/sink/rsyslog.h"

static pid_t rsyslog(int port, bool tls, const char *certificate)
{
	char load[512], files[512] = "";

	if (tls)
		snprintf(files, sizeof(files), " defaultNetstreamDriverCAFile=\"%s/ca.pem\" "
			 "defaultNetstreamDriverCertFile=\"%s/%s.pem\" defaultNetstreamDriverKeyFile="
			 "\"%s/%s.key\"", directory, directory, certificate, directory, certificate);
	snprintf(load, sizeof(load), "module(load=\"imtcp\"%s)\ninput(type=\"imtcp\" port=\"%d\")\n",
		 !tls ? "" : " StreamDriver.Name=\"ossl\" StreamDriver.Mode=\"1\" "
		 "StreamDriver.AuthMode=\"anon\"", port);
	return start_rsyslog(port, files, load);
}

static void use(int port, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), "[sink siem]\nTYPE=syslog\nADDRESS=localhost:%d\nTIMEOUT=1\n"
		 "RETRY_MAX=1\n%s", port, more);
	configure(text);
}

#define WITH_TLS "TLS=yes\nCA=@/ca.pem\n"

static void send_to_rsyslog(bool tls, const char *more)
{
	int port = free_port();
	pid_t pid;
	char *text;

	if (tls)
		make_certificates("ca", "peer", "localhost");
	start_recorder(NULL);
	use(port, more);
	pid = rsyslog(port, tls, "peer");
	start_sinks();
	record(300);
	assert_true(run_until_delivered(0));
	text = received(300);
	assert_each(text, 1, 300, 1, 1);
	assert_non_null(strstr(text, "authpriv|notice|"));
	assert_non_null(strstr(text, "|bailiwick|module|[bailiwick@32473 id=\""));
	assert_non_null(strstr(text, "-300\" severity=\"ordinary\""));
	free(text);
	/* away for a while: what happens meanwhile arrives later */
	end(pid, SIGTERM);
	record(50);
	for (double until = seconds() + LONG; !*status_of(0).error && seconds() < until;)
		run_for(0.02);
	assert_true(status_of(0).lag >= 50);
	assert_false(status_of(0).up);
	assert_true(strlen(status_of(0).error) > 0);
	assert_false(status_of(0).recovered);
	pid = rsyslog(port, tls, "peer");
	assert_true(run_until_delivered(0));
	assert_true(status_of(0).recovered);
	assert_true(strlen(status_of(0).error) > 0);
	text = received(350);
	assert_each(text, 1, 350, 1, 2);
	free(text);
	end(pid, SIGTERM);
}

static void over_tcp(void **state)
{
	(void)state;
	send_to_rsyslog(false, "");
}

static void over_tls(void **state)
{
	(void)state;
	send_to_rsyslog(true, WITH_TLS);
}

static void json_inside(void **state)
{
	(void)state;
	send_to_rsyslog(false, "FORMAT=json\n");
}

/* Nothing is delivered, the reason is said, and the controller goes on */
static void refused(bool tls, const char *says)
{
	double until = seconds() + LONG;

	start_recorder(NULL);
	start_sinks();
	/* the reason stays after a batch that a peer took before it went away */
	while (!strstr(status_of(0).error, says) && seconds() < until) {
		record(1);
		run_for(0.1);
	}
	if (!strstr(status_of(0).error, says))
		fail_msg("%s", status_of(0).error);
	/* without TLS it is syslog that cannot tell a machine that took it from a program that did */
	if (tls)
		assert_int_equal(status_of(0).next, 1);
}

static void a_certificate_of_another_authority_is_refused(void **state)
{
	int port = free_port();
	pid_t pid;

	(void)state;
	make_certificates("ca", "good", "localhost");
	make_certificates("other", "peer", "localhost");
	pid = rsyslog(port, true, "peer");
	use(port, WITH_TLS);
	refused(true, "unable to get local issuer certificate");
	end(pid, SIGTERM);
}

static void a_certificate_of_another_name_is_refused(void **state)
{
	int port = free_port();
	pid_t pid;

	(void)state;
	make_certificates("ca", "peer", "somebody.example");
	pid = rsyslog(port, true, "peer");
	use(port, WITH_TLS);
	refused(true, "hostname mismatch");
	stop_sinks();
	use(port, WITH_TLS "SERVER_NAME=somebody.example\n");
	start_sinks();
	assert_true(run_until_delivered(0));
	end(pid, SIGTERM);
}

struct bad {
	enum manners manners;
	const char *more, *says;
};

static void peers_that_are_none(void **state)
{
	static const struct bad cases[] = {
		{ SILENT, WITH_TLS, "no TLS: Connection timed out" },
		{ GARBAGE, WITH_TLS, "no TLS: wrong version number" },
		{ DEAF, WITH_TLS, "no TLS: " },
		{ GARBAGE, "", "the peer answers what nobody asked" },
		{ RUDE, "", "the " },
		{ DEAF, "", "the " },
	};

	(void)state;
	make_certificates("ca", "peer", "localhost");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int port = free_port();
		pid_t pid = bad_peer(port, cases[i].manners);

		use(port, cases[i].more);
		refused(*cases[i].more, cases[i].says);
		stop_sinks();
		recorder = recorder_close(recorder);
		shell("rm -rf %s %s", journal_directory, state_directory);
		end(pid, SIGKILL);
	}
}

/* It takes the connection and never reads: what does not fit waits, and is sent again */
static void a_peer_that_does_not_read_gets_no_more_than_fits(void **state)
{
	int port = free_port();
	pid_t pid = bad_peer(port, SILENT);
	double until;

	(void)state;
	start_recorder(NULL);
	use(port, "FORMAT=json\n");
	start_sinks();
	for (int i = 0; i < 60; i++) {
		record(1000);
		run_for(0.05);
	}
	until = seconds() + LONG;
	while (!*status_of(0).error && seconds() < until)
		run_for(0.02);
	assert_non_null(strstr(status_of(0).error, "the peer "));
	assert_true(status_of(0).lag > 0);
	end(pid, SIGKILL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, sinking_set_up, sinking_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(over_tcp),
		TEST(over_tls),
		TEST(json_inside),
		TEST(a_certificate_of_another_authority_is_refused),
		TEST(a_certificate_of_another_name_is_refused),
		TEST(peers_that_are_none),
		TEST(a_peer_that_does_not_read_gets_no_more_than_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
