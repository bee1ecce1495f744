// SPDX-License-Identifier: Apache-2.0
/* Tests of sink/nats.c: a real nats-server, killed and restarted, and servers that are none */
#include "tests/unit/sink/peer.h"

#include <nats/nats.h>

#define SUBJECT "bailiwick.events"
#define STREAM "EVENTS"

/* The pair that the server's documentation uses in its examples */
#define NKEY "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"
#define SEED "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	chmod(path, 0600);
}

/* One with a certificate of that name, or without TLS */
static pid_t server(int port, const char *certificate)
{
	char path[128], text[2048];
	int n = snprintf(text, sizeof(text), "listen: \"127.0.0.1:%d\"\njetstream { store_dir: \"%s/js\" }\n"
			 "authorization { users: [ { user: test, password: test }, { user: bw, password: right }, "
			 "{ nkey: %s } ] }\n", port, directory, NKEY);
	pid_t pid;

	if (certificate)
		snprintf(text + n, sizeof(text) - (size_t)n, "tls { cert_file: \"%s/%s.pem\", key_file: "
			 "\"%s/%s.key\" }\n", directory, certificate, directory, certificate);
	write_file("nats.conf", text);
	snprintf(path, sizeof(path), "%s/nats.conf", directory);
	pid = spawn((char *[]){ "nats-server", "-c", path, NULL });
	wait_until_it_answers(port);
	return pid;
}

/* The test's own look into the server */
static struct {
	natsConnection *connection;
	jsCtx *js;
} look;

static void look_in(int port, const char *ca)
{
	natsOptions *options;
	char url[64], path[128];

	snprintf(url, sizeof(url), "nats://localhost:%d", port);
	snprintf(path, sizeof(path), "%s/%s", directory, ca ? ca : "");
	assert_int_equal(natsOptions_Create(&options), NATS_OK);
	natsOptions_SetURL(options, url);
	natsOptions_SetUserInfo(options, "test", "test");
	natsOptions_SetTimeout(options, LONG * 1000);
	if (ca) {
		natsOptions_SetSecure(options, true);
		assert_int_equal(natsOptions_LoadCATrustedCertificates(options, path), NATS_OK);
	}
	assert_int_equal(natsConnection_Connect(&look.connection, options), NATS_OK);
	assert_int_equal(natsConnection_JetStream(&look.js, look.connection, NULL), NATS_OK);
	natsOptions_Destroy(options);
}

static void look_away(void)
{
	jsCtx_Destroy(look.js);
	natsConnection_Destroy(look.connection);
	look.js = NULL;
	look.connection = NULL;
}

static void make_stream(int longest)
{
	const char *subjects[] = { SUBJECT };
	jsStreamConfig stream;
	natsStatus s = NATS_TIMEOUT;

	jsStreamConfig_Init(&stream);
	stream.Name = STREAM;
	stream.Subjects = subjects;
	stream.SubjectsLen = 1;
	stream.MaxMsgSize = longest;
	/* JetStream begins a little after the port answers */
	for (double until = seconds() + LONG; s != NATS_OK && seconds() < until;)
		s = js_AddStream(NULL, look.js, &stream, NULL, NULL);
	assert_int_equal(s, NATS_OK);
}

/* All messages of the stream, and how many there are */
static char *stored(uint64_t *ret)
{
	struct buffer text = { 0 };
	jsStreamInfo *info = NULL;
	natsStatus s = NATS_TIMEOUT;

	for (double until = seconds() + LONG; s != NATS_OK && seconds() < until;)
		s = js_GetStreamInfo(&info, look.js, STREAM, NULL, NULL);
	assert_int_equal(s, NATS_OK);
	*ret = info->State.Msgs;
	for (uint64_t i = 1; i <= info->State.LastSeq; i++) {
		natsMsg *message = NULL;

		assert_int_equal(js_GetMsg(&message, look.js, STREAM, i, NULL, NULL), NATS_OK);
		buffer_append(&text, natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message));
		buffer_append_byte(&text, '\n');
		natsMsg_Destroy(message);
	}
	jsStreamInfo_Destroy(info);
	return buffer_take(&text, NULL);
}

/* Seconds for a step of the server: those that take none of it are given less */
static int patience = 2;

static void use(int port, const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), "[sink bus]\nTYPE=nats\nADDRESS=localhost:%d\nSUBJECT=" SUBJECT "\n"
		 "TIMEOUT=%d\nRETRY_MAX=1\n%s", port, patience, more);
	configure(text);
}

#define WITH_TLS "TLS=yes\nCA=@/ca.pem\n"
#define BY_PASSWORD WITH_TLS "USER=bw\nPASSWORD=@/password\n"
#define BY_NKEY "NKEY=" NKEY "\nSEED=@/seed\n"

static void credentials(void)
{
	write_file("password", "right\n");
	write_file("seed", SEED "\n");
}

static void assert_exactly_once(unsigned int count)
{
	uint64_t n;
	char *text = stored(&n);

	assert_each(text, 1, count, 1, 1);
	assert_int_equal(n, count);
	assert_non_null(strstr(text, "\"chain\":\""));
	free(text);
}

/* Killed at any moment: what was stored and not acknowledged comes again, and is known */
static void exactly_once_though_the_server_is_killed(void **state)
{
	const int rounds = 5;
	int port = free_port();
	pid_t pid;

	(void)state;
	make_certificates("ca", "peer", "localhost");
	credentials();
	pid = server(port, "peer");
	look_in(port, "ca.pem");
	make_stream(-1);
	look_away();
	start_recorder(NULL);
	use(port, BY_PASSWORD);
	start_sinks();
	srandom(7);
	for (int i = 0; i < rounds; i++) {
		uint64_t before = status_of(0).next;

		record(1000);
		for (double until = seconds() + LONG; status_of(0).next == before && seconds() < until;)
			run_for(0.005);
		run_for((double)(random() % 20) / 1000);
		end(pid, SIGKILL);
		run_for((double)(random() % 300) / 1000);
		pid = server(port, "peer");
	}
	assert_true(run_until_delivered(0));
	look_in(port, "ca.pem");
	assert_exactly_once((unsigned int)rounds * 1000);
	look_away();
	end(pid, SIGTERM);
}

static void what_is_sent_twice_is_stored_once(void **state)
{
	int port = free_port();
	pid_t pid;
	char path[128];

	(void)state;
	credentials();
	pid = server(port, NULL);
	look_in(port, NULL);
	make_stream(-1);
	start_recorder(NULL);
	use(port, BY_NKEY);
	start_sinks();
	record(300);
	assert_true(run_until_delivered(0));
	assert_int_equal(status_of(0).delivered, 300);
	stop_sinks();
	snprintf(path, sizeof(path), "%s/bus.cursor", state_directory);
	assert_int_equal(truncate(path, 20), 0);
	start_sinks();
	assert_true(run_until_delivered(0));
	assert_int_equal(status_of(0).delivered, 300);
	assert_exactly_once(300);
	look_away();
	end(pid, SIGTERM);
}

static void a_stream_that_is_made_later_gets_everything(void **state)
{
	int port = free_port();
	pid_t pid;

	(void)state;
	credentials();
	pid = server(port, NULL);
	look_in(port, NULL);
	start_recorder(NULL);
	use(port, BY_NKEY);
	start_sinks();
	record(20);
	for (double until = seconds() + LONG; !strstr(status_of(0).error, "no stream takes it") &&
	     seconds() < until;)
		run_for(0.02);
	if (!strstr(status_of(0).error, "no stream takes it"))
		fail_msg("%s", status_of(0).error);
	assert_int_equal(status_of(0).next, 1);
	make_stream(-1);
	assert_true(run_until_delivered(0));
	assert_exactly_once(20);
	look_away();
	end(pid, SIGTERM);
}

/* The stream never takes it: kept aside, and no reason for the others to wait */
static void one_that_is_too_long_is_buried(void **state)
{
	static char long_text[4000];
	struct event event = { .kind = EVENT_MODULE, .message = long_text };
	int port = free_port();
	char *dead;
	pid_t pid;

	(void)state;
	memset(long_text, 'x', sizeof(long_text) - 1);
	credentials();
	pid = server(port, NULL);
	look_in(port, NULL);
	make_stream(2000);
	start_recorder(NULL);
	use(port, BY_NKEY);
	start_sinks();
	record(5);
	recorder_event(recorder, &event);
	record(5);
	assert_true(run_until_delivered(0));
	assert_int_equal(status_of(0).dead, 1);
	dead = slurp("sink/bus.dead");
	assert_non_null(strstr(dead, "# 6 longer than the stream takes\n"));
	assert_non_null(strstr(dead, "xxxx"));
	free(dead);
	assert_exactly_once(10);
	look_away();
	end(pid, SIGTERM);
}

/* --- servers that are not the right one, or none --------------------------------------- */

static void refused(const char *says)
{
	start_recorder(NULL);
	start_sinks();
	record(3);
	for (double until = seconds() + LONG; !strstr(status_of(0).error, says) && seconds() < until;)
		run_for(0.02);
	if (!strstr(status_of(0).error, says))
		fail_msg("%s, not: %s", status_of(0).error, says);
	assert_int_equal(status_of(0).next, 1);
	assert_int_equal(status_of(0).delivered, 0);
	stop_sinks();
	recorder = recorder_close(recorder);
	recorded = 0;
	shell("rm -rf %s %s", journal_directory, state_directory);
}

static void who_is_not_the_server_gets_nothing(void **state)
{
	int port = free_port();
	pid_t pid;

	(void)state;
	credentials();
	make_certificates("ca", "named", "somebody.example");
	make_certificates("ca", "right", "localhost");
	make_certificates("other", "forged", "localhost");
	pid = server(port, "named");
	use(port, BY_PASSWORD);
	refused("hostname mismatch");
	/* the name that counts is the one that was said, right or wrong */
	use(port, BY_PASSWORD "SERVER_NAME=somebody.example\n");
	refused("no stream takes it");
	end(pid, SIGTERM);
	pid = server(port, "right");
	use(port, BY_PASSWORD "SERVER_NAME=somebody.example\n");
	refused("hostname mismatch");
	end(pid, SIGTERM);
	pid = server(port, "forged");
	use(port, BY_PASSWORD);
	refused("unable to get local issuer certificate");
	end(pid, SIGTERM);
	/* it offers no TLS: nothing is said in the clear instead */
	pid = server(port, NULL);
	use(port, BY_PASSWORD);
	refused("ecure Connection not available");
	end(pid, SIGTERM);
}

static void who_may_not_send_is_told(void **state)
{
	int port = free_port();
	pid_t pid;

	(void)state;
	make_certificates("ca", "peer", "localhost");
	credentials();
	write_file("password", "wrong\n");
	pid = server(port, "peer");
	use(port, BY_PASSWORD);
	refused("uthorization");
	use(port, WITH_TLS);
	refused("uthorization");
	write_file("seed", "SUAnonsense\n");
	use(port, WITH_TLS BY_NKEY);
	refused("the seed is none");
	use(port, WITH_TLS "USER=bw\nPASSWORD=@/missing\n");
	refused("missing: No such file or directory");
	end(pid, SIGTERM);
}

/* What it says first, to PING, and to a message: as acknowledgement, or as it is */
struct talk {
	const char *greeting, *pong, *acknowledgement, *bytes, *says, *more;
};

#define INFO "INFO {\"server_id\":\"x\",\"version\":\"2.9.10\",\"proto\":1,\"headers\":true," \
	"\"max_payload\":1048576,\"jetstream\":true}\r\n"
#define PONG "PONG\r\n"

static const struct talk talks[] = {
	{ "", "", NULL, NULL, "imeout", NULL },
	{ "HTTP/1.1 400 Bad Request\r\n\r\n", "", NULL, NULL, "rotocol", NULL },
	{ "INFO {\"server_id\":\r\n", "", NULL, NULL, "rror", NULL },
	{ INFO, "", NULL, NULL, "the server does not answer", NULL },
	{ INFO, "-ERR 'go \033[2J away'\r\n", NULL, NULL, "go ", NULL },
	{ INFO, PONG, NULL, "", "the stream does not answer", NULL },
	{ INFO, PONG, NULL, NULL, "the connection ended", NULL },
	{ INFO, PONG, NULL, "\377\376\375\r\n", "the ", NULL },
	{ INFO, PONG, NULL, "MSG x 1 99999999999999\r\n", "the ", NULL },
	{ INFO, PONG, "{\"error\":{\"code\":500,\"err_code\":1,\"description\":\"no room\"}}", NULL, "no room", NULL },
	{ INFO, PONG, "{\"stream\":", NULL, "the subject " SUBJECT ": ", NULL },
	{ INFO, PONG, "{}", NULL, "the subject " SUBJECT ": ", NULL },
	{ INFO, PONG, "", NULL, "the subject " SUBJECT ": ", NULL },
	{ INFO, PONG, NULL, NULL, "the server wants no signature", BY_NKEY },
};

static void pause_after(int out)
{
	dprintf(out, PONG);
	for (;;)
		pause();
}

static void serve(FILE *in, int out, const struct talk *talk)
{
	char line[65536], inbox[256] = "", reply[256] = "", sid[32] = "";

	dprintf(out, "%s", talk->greeting);
	while (fgets(line, sizeof(line), in)) {
		if (strncmp(line, "PING", 4) == 0 && strstr(talk->pong, "stop"))
			pause_after(out);
		else if (strncmp(line, "PING", 4) == 0)
			dprintf(out, "%s", talk->pong);
		else if (sscanf(line, "SUB %255s %31s", inbox, sid) == 2)
			continue;
		else if (sscanf(line, "HPUB %*s %255s", reply) != 1)
			continue;
		else if (talk->acknowledgement)
			dprintf(out, "MSG %s %s %zu\r\n%s\r\n", reply, sid, strlen(talk->acknowledgement),
				talk->acknowledgement);
		else if (talk->bytes)
			dprintf(out, "%s", talk->bytes);
		else
			return;
	}
}

static pid_t bad_server(int port, const struct talk *talk)
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
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int client = accept(fd, NULL, NULL);
		FILE *in = fdopen(client, "r");

		serve(in, client, talk);
		fclose(in);
	}
}

static void servers_that_are_none(void **state)
{
	static const enum manners manners[] = { SILENT, GARBAGE, RUDE, DEAF };

	(void)state;
	credentials();
	make_certificates("ca", "peer", "localhost");
	patience = 1;
	for (size_t i = 0; i < sizeof(talks) / sizeof(*talks); i++) {
		int port = free_port();
		pid_t pid = bad_server(port, &talks[i]);

		use(port, talks[i].more ? talks[i].more : "");
		refused(talks[i].says);
		end(pid, SIGKILL);
	}
	for (size_t i = 0; i < 2 * sizeof(manners) / sizeof(*manners); i++) {
		int port = free_port();
		pid_t pid = bad_peer(port, manners[i / 2]);

		use(port, i % 2 ? WITH_TLS : "");
		refused("localhost:");
		end(pid, SIGKILL);
	}
	patience = 2;
}

/* It takes the connection, greets, and never reads again: what does not fit waits */
static void a_server_that_does_not_read(void **state)
{
	static const struct talk deaf = { INFO, PONG "stop", NULL, NULL, NULL, NULL };
	int port = free_port();
	pid_t pid = bad_server(port, &deaf);

	(void)state;
	start_recorder(NULL);
	use(port, "");
	start_sinks();
	for (int i = 0; i < 30; i++) {
		record(1000);
		run_for(0.02);
	}
	for (double until = seconds() + LONG; !*status_of(0).error && seconds() < until;)
		run_for(0.02);
	assert_true(strlen(status_of(0).error) > 0);
	assert_int_equal(status_of(0).next, 1);
	end(pid, SIGKILL);
}

/* One hangs, one is away: the third, and a file, get everything at once */
static void none_delays_another(void **state)
{
	int hangs = free_port(), away, port;
	pid_t silent = bad_peer(hangs, SILENT), pid;
	char text[1024];

	(void)state;
	credentials();
	away = free_port();
	port = free_port();
	pid = server(port, NULL);
	look_in(port, NULL);
	make_stream(-1);
	start_recorder(NULL);
	snprintf(text, sizeof(text), "[sink hangs]\nTYPE=nats\nADDRESS=localhost:%d\nTIMEOUT=600\nSUBJECT=s\n"
		 "[sink away]\nTYPE=nats\nADDRESS=localhost:%d\nSUBJECT=s\n[sink bus]\nTYPE=nats\n"
		 "ADDRESS=localhost:%d\nSUBJECT=" SUBJECT "\n" BY_NKEY "[sink file]\nTYPE=file\nFILE=@/f.json\n",
		 hangs, away, port);
	configure(text);
	start_sinks();
	record(2000);
	assert_true(run_until_delivered(2));
	assert_true(run_until_delivered(3));
	assert_int_equal(status_of(0).delivered, 0);
	assert_int_equal(status_of(1).delivered, 0);
	assert_exactly_once(2000);
	look_away();
	end(pid, SIGTERM);
	end(silent, SIGKILL);
}

static void a_missing_program_is_said(void **state)
{
	(void)state;
	strcpy(nats_program, "/nonexistent/sink-nats");
	use(1, "");
	refused("its program cannot be started: is libnats");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, sinking_set_up, sinking_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(exactly_once_though_the_server_is_killed),
		TEST(what_is_sent_twice_is_stored_once),
		TEST(a_stream_that_is_made_later_gets_everything),
		TEST(one_that_is_too_long_is_buried),
		TEST(who_is_not_the_server_gets_nothing),
		TEST(who_may_not_send_is_told),
		TEST(servers_that_are_none),
		TEST(a_server_that_does_not_read),
		TEST(none_delays_another),
		TEST(a_missing_program_is_said),
	};
	sigset_t child;

	/* before there are threads of libnats, which would take it */
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
