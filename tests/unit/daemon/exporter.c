// SPDX-License-Identifier: Apache-2.0
/* Tests of daemon/exporter.h: the file, and the real program behind a real socket */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/readfile.h"
#include "base/writeall.h"
#include "daemon/exporter.h"
#include "tests/unit/daemon/offspring.h"

static char directory[64], program[512];
static struct config config;
static struct confinement confinement;
static struct exporter *exporter;
static sd_event *loop;
static unsigned int gathered;
static size_t padding;
static in_port_t port;

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int gather(void *context, struct buffer *out)
{
	(void)context;
	buffer_printf(out, "# HELP x_total Help.\n# TYPE x_total counter\nx_total %u\n# ", ++gathered);
	for (size_t i = 0; i < padding; i++)
		buffer_append_byte(out, 'x');
	return buffer_append_byte(out, '\n');
}

/* A port nobody has, as long as nobody else asks for one */
static void choose_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	close(fd);
	port = ntohs(address.sin_port);
	snprintf(config.metrics_address, sizeof(config.metrics_address), "127.0.0.1:%d", port);
}

static int set_up(void **state)
{
	const char *built = getenv("BAILIWICK") ? getenv("BAILIWICK") : "build/bailiwick";
	char here[256];
	sigset_t child;

	(void)state;
	gathered = 0;
	padding = 0;
	strcpy(directory, "/tmp/exporter-XXXXXX");
	if (!mkdtemp(directory) || !getcwd(here, sizeof(here)))
		return -1;
	snprintf(program, sizeof(program), "%s%s%.*s/metrics", *built == '/' ? "" : here,
		 *built == '/' ? "" : "/", (int)(strrchr(built, '/') - built), built);
	config_init(&config);
	confine_who("/nonexistent", &confinement.uid, &confinement.gid);
	confinement.file_size = 1 << 20;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	return sd_event_new(&loop) < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	exporter = exporter_stop(exporter);
	loop = sd_event_unref(loop);
	config_done(&config);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

static void start(void)
{
	const struct exporter_setting setting = {
		.loop = loop, .config = &config, .program = program, .confinement = &confinement,
		.gather = gather,
	};

	assert_int_equal(exporter_start(&setting, &exporter), 0);
}

static const char *file(void)
{
	snprintf(config.metrics_file, sizeof(config.metrics_file), "%s/bailiwick.prom", directory);
	return config.metrics_file;
}

static void turn(void)
{
	assert_true(sd_event_run(loop, 20000) >= 0);
}

/* --- the file ------------------------------------------------------------------ */

static void the_file_is_replaced_whole(void **state)
{
	double begun = seconds();
	unsigned int old;
	struct stat status, next;
	char *text;
	size_t size;

	(void)state;
	config.metrics_every = 1;
	file();
	umask(077);
	start();
	while (stat(config.metrics_file, &status) < 0 && seconds() - begun < 60)
		turn();
	assert_int_equal(status.st_mode & 07777, 0644);
	assert_int_equal(readfile(config.metrics_file, 1 << 20, &text, &size), READFILE_FINE);
	assert_non_null(strstr(text, "x_total 1\n"));
	free(text);
	old = gathered;
	while (gathered == old && seconds() - begun < 60)
		turn();
	assert_int_equal(stat(config.metrics_file, &next), 0);
	assert_int_not_equal(next.st_ino, status.st_ino);
	exporter = exporter_stop(exporter);
	/* nobody renews it: gone, and nothing left beside it */
	assert_int_equal(access(config.metrics_file, F_OK), -1);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(mkdir(directory, 0755), 0);
}

static void what_lies_in_its_way_is_not_written_to(void **state)
{
	double begun = seconds();
	char beside[600], victim[600];
	struct stat status;

	(void)state;
	snprintf(beside, sizeof(beside), "%s.new", file());
	snprintf(victim, sizeof(victim), "%s/victim", directory);
	assert_int_equal(close(open(victim, O_WRONLY | O_CREAT, 0600)), 0);
	assert_int_equal(symlink(victim, beside), 0);
	assert_int_equal(symlink(victim, config.metrics_file), 0);
	start();
	while (gathered < 1 && seconds() - begun < 60)
		turn();
	assert_int_equal(lstat(config.metrics_file, &status), 0);
	assert_true(S_ISREG(status.st_mode));
	assert_int_equal(stat(victim, &status), 0);
	assert_int_equal(status.st_size, 0);
	assert_int_equal(access(beside, F_OK), -1);
}

static void a_directory_that_comes_later_is_found(void **state)
{
	double begun = seconds();
	char later[128];

	(void)state;
	config.metrics_every = 1;
	snprintf(later, sizeof(later), "%s/later", directory);
	snprintf(config.metrics_file, sizeof(config.metrics_file), "%s/x.prom", later);
	start();
	while (gathered < 1 && seconds() - begun < 60)
		turn();
	assert_int_equal(mkdir(later, 0755), 0);
	while (access(config.metrics_file, F_OK) && seconds() - begun < 60)
		turn();
	assert_int_equal(access(config.metrics_file, F_OK), 0);
}

/* --- over HTTP ------------------------------------------------------------------- */

static int dial(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail_msg("connect: %s", strerror(errno));
	return fd;
}

/* Send a request and read until the other side closes; the controller's loop goes on */
static char *talk(const char *request, size_t size)
{
	static char answer[1 << 20];
	double begun = seconds();
	size_t got = 0;
	int fd = dial();
	ssize_t n;

	writeall(fd, request, size);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (;;) {
		n = read(fd, answer + got, sizeof(answer) - 1 - got);
		if (n == 0 || (n < 0 && errno != EAGAIN) || seconds() - begun > 60)
			break;
		if (n > 0)
			got += (size_t)n;
		else
			turn();
	}
	close(fd);
	answer[got] = 0;
	return answer;
}

static const char *get(const char *what, const char *host)
{
	char request[600];

	return talk(request, (size_t)snprintf(request, sizeof(request), "%s HTTP/1.1\r\nHost: %s\r\n"
					      "Connection: close\r\n\r\n", what, host));
}

static void begins(const char *answer, const char *status)
{
	if (strncmp(answer, "HTTP/1.1 ", 9) || strncmp(answer + 9, status, strlen(status)))
		fail_msg("expected %s, got:\n%.400s", status, answer);
}

static void it_is_served_to_this_machine(void **state)
{
	const char *answer;

	(void)state;
	choose_port();
	padding = 300000;
	start();
	answer = get("GET /metrics", "127.0.0.1:9740");
	begins(answer, "200 ");
	assert_non_null(strstr(answer, "Content-Type: text/plain; version=0.0.4; charset=utf-8"));
	assert_non_null(strstr(answer, "\nx_total 1\n"));
	assert_true(strlen(answer) > padding);
	begins(get("GET /metrics", "localhost"), "200 ");
	begins(get("GET /metrics", "[::1]:1"), "200 ");
	begins(get("GET /metrics", "127.9.9.9"), "200 ");
	answer = get("HEAD /metrics", "localhost");
	begins(answer, "200 ");
	assert_null(strstr(answer, "x_total"));
}

static void other_questions_are_refused(void **state)
{
	static const char *const hosts[] = { "evil.example", "127.0.0.1.evil.example", "10.0.0.1",
					     "localhost.evil:80", "127.", "" };

	(void)state;
	choose_port();
	start();
	begins(get("GET /", "localhost"), "404 ");
	begins(get("GET /metrics/../../etc/passwd", "localhost"), "404 ");
	begins(get("POST /metrics", "localhost"), "405 ");
	begins(get("DELETE /metrics", "localhost"), "405 ");
	for (size_t i = 0; i < sizeof(hosts) / sizeof(*hosts); i++)
		begins(get("GET /metrics", hosts[i]), "403 ");
	begins(talk("GET /metrics HTTP/1.0\r\n\r\n", 25), "403 ");
	assert_int_equal(gathered, 0);
}

/* Whatever they send, the next one is answered, by the same process */
static void nonsense_hurts_nobody(void **state)
{
	static char much[200000];
	pid_t before, after;
	int silent[40];

	(void)state;
	choose_port();
	start();
	begins(get("GET /metrics", "localhost"), "200 ");
	before = find_offspring();
	assert_true(before > 0);
	talk("\r\n\r\n\0\0\xff\xfe\r\n\r\n", 14);
	memset(much, 'A', sizeof(much));
	memcpy(much, "GET /", 5);
	talk(much, sizeof(much));
	memcpy(much, "GET /metrics HTTP/1.1\r\nX: ", 26);
	talk(much, sizeof(much));
	/* more connections than it takes, that say nothing: they are dropped in time, and
	 * connect() waits for that */
	for (size_t i = 0; i < sizeof(silent) / sizeof(*silent); i++)
		silent[i] = dial();
	for (size_t i = 0; i < sizeof(silent) / sizeof(*silent); i++)
		close(silent[i]);
	begins(get("GET /metrics", "localhost"), "200 ");
	after = find_offspring();
	assert_int_equal(before, after);
}

static void a_killed_one_is_followed_by_another(void **state)
{
	double begun = seconds();
	pid_t pid, next;

	(void)state;
	choose_port();
	start();
	begins(get("GET /metrics", "localhost"), "200 ");
	pid = find_offspring();
	assert_true(pid > 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	while (((next = find_offspring()) <= 0 || next == pid) && seconds() - begun < 60)
		turn();
	begins(get("GET /metrics", "localhost"), "200 ");
}

/* The controller asks nobody more often than once a second, however often it is asked */
static void many_questions_cost_one_answer(void **state)
{
	double begun;

	(void)state;
	choose_port();
	start();
	begins(get("GET /metrics", "localhost"), "200 ");
	gathered = 0;
	begun = seconds();
	for (int i = 0; i < 50; i++)
		begins(get("GET /metrics", "localhost"), "200 ");
	assert_true(gathered <= 1 + (unsigned int)(seconds() - begun + 1));
}

/* The process is nobody, and has nothing of the controller but its two sockets */
static void it_has_no_rights(void **state)
{
	char path[64], line[256];
	bool new_privileges = true, filtered = false, other = geteuid() != 0;
	FILE *status;

	(void)state;
	choose_port();
	start();
	begins(get("GET /metrics", "localhost"), "200 ");
	snprintf(path, sizeof(path), "/proc/%d/status", find_offspring());
	status = fopen(path, "r");
	assert_non_null(status);
	while (fgets(line, sizeof(line), status)) {
		if (!strcmp(line, "NoNewPrivs:\t1\n"))
			new_privileges = false;
		if (!strcmp(line, "Seccomp:\t2\n"))
			filtered = true;
		if (!strncmp(line, "Uid:\t65534\t65534\t65534", 22))
			other = true;
	}
	fclose(status);
	assert_false(new_privileges);
	assert_true(filtered);
	assert_true(other);
}

static void nothing_is_started_unasked(void **state)
{
	(void)state;
	config_init(&config);
	start();
	assert_null(exporter);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_file_is_replaced_whole),
		TEST(what_lies_in_its_way_is_not_written_to),
		TEST(a_directory_that_comes_later_is_found),
		TEST(it_is_served_to_this_machine),
		TEST(other_questions_are_refused),
		TEST(nonsense_hurts_nobody),
		TEST(a_killed_one_is_followed_by_another),
		TEST(many_questions_cost_one_answer),
		TEST(it_has_no_rights),
		TEST(nothing_is_started_unasked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
