// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/relp.c: a real rsyslog with its RELP input, and receivers that are none */
#include "tests/unit/sink/rsyslog.h"

static pid_t rsyslog(int port, bool tls, const char *certificate)
{
	char load[1024], files[512] = "";

	if (tls)
		snprintf(files, sizeof(files), " tls=\"on\" tls.authMode=\"certvalid\" tls.caCert=\"%s/ca.pem\" "
			 "tls.myCert=\"%s/%s.pem\" tls.myPrivKey=\"%s/%s.key\"", directory, directory,
			 certificate, directory, certificate);
	snprintf(load, sizeof(load), "module(load=\"imrelp\")\ninput(type=\"imrelp\" port=\"%d\"%s)\n", port,
		 files);
	return start_rsyslog(port, "", load);
}

static void use(int port, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), "[sink siem]\nTYPE=relp\nADDRESS=localhost:%d\nTIMEOUT=1\n"
		 "RETRY_MAX=1\n%s", port, more);
	configure(text);
}

#define WITH_TLS "TLS=yes\nCA=@/ca.pem\nCERTIFICATE=@/own.pem\nKEY=@/own.key\n"

/* Killed and started again: what was not acknowledged is sent again, nothing else is */
static void send_to_rsyslog(bool tls, const char *more)
{
	int port = free_port();
	pid_t pid;
	char *text;

	if (tls) {
		make_certificates("ca", "peer", "localhost");
		make_certificates("ca", "own", "sender");
	}
	start_recorder(NULL);
	use(port, more);
	pid = rsyslog(port, tls, "peer");
	start_sinks();
	record(700);
	assert_true(run_until_delivered(0));
	text = received(700);
	assert_each(text, 1, 700, 1, 1);
	assert_non_null(strstr(text, "authpriv|notice|"));
	assert_non_null(strstr(text, "|bailiwick|module|[bailiwick@32473 id=\""));
	free(text);
	end(pid, SIGTERM);
	record(50);
	for (double until = seconds() + LONG; !*status_of(0).error && seconds() < until;)
		run_for(0.02);
	assert_int_equal(status_of(0).lag, 50);
	pid = rsyslog(port, tls, "peer");
	assert_true(run_until_delivered(0));
	assert_true(status_of(0).recovered);
	text = received(750);
	assert_each(text, 1, 750, 1, 2);
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

/* Nothing counts as delivered, the reason is said */
static void refused(const char *says)
{
	double until = seconds() + LONG;

	start_recorder(NULL);
	start_sinks();
	record(3);
	while (!strstr(status_of(0).error, says) && seconds() < until)
		run_for(0.02);
	if (!strstr(status_of(0).error, says))
		fail_msg("%s, not: %s", status_of(0).error, says);
	assert_int_equal(status_of(0).next, 1);
	assert_int_equal(status_of(0).delivered, 0);
}

static void begin_again(void)
{
	stop_sinks();
	recorder = recorder_close(recorder);
	recorded = 0;
	shell("rm -rf %s %s", journal_directory, state_directory);
}

static void certificates_that_are_not_the_receivers(void **state)
{
	int port = free_port();
	pid_t pid;

	(void)state;
	make_certificates("ca", "named", "somebody.example");
	make_certificates("ca", "own", "sender");
	pid = rsyslog(port, true, "named");
	use(port, WITH_TLS);
	refused("hostname mismatch");
	begin_again();
	end(pid, SIGTERM);
	make_certificates("other", "forged", "localhost");
	pid = rsyslog(port, true, "forged");
	use(port, WITH_TLS);
	refused("unable to get local issuer certificate");
	end(pid, SIGTERM);
}

/* --- receivers that are none -------------------------------------------------------- */

#define HELLO "1 rsp 37 200 OK\nrelp_version=0\ncommands=syslog\n"

/* What it says to the opening frame, and to messages; then it closes, or is silent */
struct talk {
	const char *to_open, *to_message, *says;
};

#define OPEN_LINES 3

static const struct talk talks[] = {
	{ "", NULL, "the peer closed the connection" },
	{ "", NULL, "does not answer: Connection timed out" },
	{ "HTTP/1.1 400 Bad Request\r\n\r\n", NULL, "answers what is no RELP" },
	{ "1 rsp 99999 200 OK\n", NULL, "answers what is no RELP" },
	{ "1 rsp 6 200 OK!", NULL, "answers what is no RELP" },
	{ "1 rsp 6 200", NULL, "the peer closed the connection" },
	{ "1 rsp 25 500 no room, \033[2J go away\n", NULL, "the receiver refuses: 500 no room" },
	{ "1 rsp 6 200 OK\n", NULL, "the receiver takes no syslog" },
	{ "1 rsp 36 200 OK\nrelp_version=0\ncommands=other\n", NULL, "the receiver takes no syslog" },
	{ "7 rsp 6 200 OK\n", NULL, "answers what nobody asked" },
	{ HELLO, NULL, "the peer closed the connection" },
	{ HELLO, NULL, "does not answer: Connection timed out" },
	{ HELLO, "2 rsp 6 200 O", "the peer closed the connection" },
	{ HELLO, "2 rsp 6 200 OK\n2 rsp 6 200 OK\n", "answers what nobody asked" },
	{ HELLO, "9 rsp 6 200 OK\n", "answers what nobody asked" },
	{ HELLO, "2 rsp 9 500 fails\n", "the receiver refuses: 500 fails" },
	{ HELLO, "0 serverclose 0\n", "the receiver ends the session" },
	{ HELLO, "\377\376\375", "answers what is no RELP" },
	{ HELLO, "2 rsp 6 200 OK\n3 rsp 6 200 OK\n", "the peer closed the connection" },
};

/* To the end of something it is told, which comes in whatever pieces */
static void answer(int client, const char *text)
{
	char byte = 0;

	if (!text)
		return;
	while (byte != '\n' && read(client, &byte, 1) == 1)
		;
	if (write(client, text, strlen(text)) != (ssize_t)strlen(text))
		_exit(1);
}

static pid_t talker(int port, const struct talk *talk)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	pid_t pid;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		int client = accept(fd, NULL, NULL);
		char bytes[65536];

		answer(client, talk->to_open);
		/* "open" had a line for each of its words */
		for (int i = 0; talk->to_message && i < OPEN_LINES; i++)
			answer(client, i < OPEN_LINES - 1 ? "" : talk->to_message);
		if (strstr(talk->says, "timed out"))
			continue;
		/* an end, not a reset: what was said is to be read */
		shutdown(client, SHUT_WR);
		while (read(client, bytes, sizeof(bytes)) > 0)
			;
		close(client);
	}
}

static void receivers_that_are_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(talks) / sizeof(*talks); i++) {
		int port = free_port();
		pid_t pid = talker(port, &talks[i]);

		use(port, "");
		refused(talks[i].says);
		begin_again();
		end(pid, SIGKILL);
	}
}

/* One hangs, one is away, one answers garbage: the fourth gets everything at once */
static void none_delays_another(void **state)
{
	int hangs = free_port(), away, mad, port;
	pid_t silent = bad_peer(hangs, SILENT), garbage, pid;
	char text[1024], *got;

	(void)state;
	away = free_port();
	mad = free_port();
	garbage = bad_peer(mad, GARBAGE);
	port = free_port();
	start_recorder(NULL);
	snprintf(text, sizeof(text), "[sink hangs]\nTYPE=relp\nADDRESS=localhost:%d\nTIMEOUT=600\n"
		 "[sink away]\nTYPE=relp\nADDRESS=localhost:%d\n[sink mad]\nTYPE=relp\nADDRESS=localhost:%d\n"
		 "[sink good]\nTYPE=relp\nADDRESS=localhost:%d\n", hangs, away, mad, port);
	configure(text);
	pid = rsyslog(port, false, NULL);
	start_sinks();
	record(3000);
	assert_true(run_until_delivered(3));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(status_of(i).delivered, 0);
	got = received(3000);
	assert_each(got, 1, 3000, 1, 1);
	free(got);
	end(pid, SIGTERM);
	end(silent, SIGKILL);
	end(garbage, SIGKILL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, sinking_set_up, sinking_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(over_tcp),
		TEST(over_tls),
		TEST(json_inside),
		TEST(certificates_that_are_not_the_receivers),
		TEST(receivers_that_are_none),
		TEST(none_delays_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
