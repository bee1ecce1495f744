// SPDX-License-Identifier: Apache-2.0
/* What the controller must remember: assignments, subjects, sources, history (SQLite) */
#include "state/quarantine.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

#define SCHEMA_VERSION 1

struct state {
	sqlite3 *db;
	char problem[256];
};

/* source_text is by set, so that older sets stay for `diff` and `rollback` */
static const char schema[] =
	"CREATE TABLE number(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE assignment(subject TEXT, role TEXT, until INTEGER NOT NULL,"
	" time INTEGER NOT NULL, uid INTEGER, login_uid INTEGER, pid INTEGER,"
	" PRIMARY KEY(subject, role)) WITHOUT ROWID;"
	"CREATE TABLE dropped(subject TEXT, role TEXT, until INTEGER NOT NULL,"
	" time INTEGER NOT NULL, uid INTEGER, login_uid INTEGER, pid INTEGER,"
	" PRIMARY KEY(subject, role)) WITHOUT ROWID;"
	"CREATE TABLE bound(subject TEXT PRIMARY KEY) WITHOUT ROWID;"
	"CREATE TABLE source(version INTEGER, position INTEGER, name TEXT NOT NULL,"
	" text BLOB NOT NULL, PRIMARY KEY(version, position));"
	"CREATE TABLE history(id INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL,"
	" version INTEGER NOT NULL, change TEXT NOT NULL, detail TEXT NOT NULL,"
	" outcome TEXT NOT NULL, uid INTEGER, login_uid INTEGER, pid INTEGER, digest BLOB);"
	"INSERT INTO number VALUES('version', 0), ('sources', 0);";

/* came later; who knows nothing of it is not misled by it */
static const char schema_quarantine[] =
	"CREATE TABLE IF NOT EXISTS quarantine(subject TEXT PRIMARY KEY, kind INTEGER NOT NULL,"
	" number INTEGER NOT NULL, identity INTEGER NOT NULL, boot TEXT NOT NULL,"
	" time INTEGER NOT NULL, uid INTEGER, login_uid INTEGER, pid INTEGER) WITHOUT ROWID;";

const char *state_problem(const struct state *state)
{
	return state->problem;
}

static int trouble(struct state *state, int code)
{
	snprintf(state->problem, sizeof(state->problem), "%s", sqlite3_errmsg(state->db));
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return -EACCES;
	default:
		return -EIO;
	}
}

static int run(struct state *state, const char *sql)
{
	int code = sqlite3_exec(state->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : trouble(state, code);
}

static void finalizep(sqlite3_stmt **statement)
{
	sqlite3_finalize(*statement);
}

#define _cleanup_statement_ _cleanup_(finalizep)

/*
 * A statement with its parameters: 's' text (NULL is NULL), 'i' int64_t,
 * 'b' bytes and size_t.
 */
static int prepare(struct state *state, sqlite3_stmt **ret, const char *sql, const char *types, ...)
{
	va_list values;
	int code, at = 0;

	code = sqlite3_prepare_v2(state->db, sql, -1, ret, NULL);
	va_start(values, types);
	for (; code == SQLITE_OK && *types; types++) {
		at++;
		if (*types == 's') {
			const char *text = va_arg(values, const char *);

			code = sqlite3_bind_text(*ret, at, text, -1, SQLITE_TRANSIENT);
		} else if (*types == 'i') {
			code = sqlite3_bind_int64(*ret, at, va_arg(values, int64_t));
		} else {
			const void *bytes = va_arg(values, const void *);
			size_t size = va_arg(values, size_t);

			code = sqlite3_bind_blob64(*ret, at, size ? bytes : "", size,
						   SQLITE_TRANSIENT);
		}
	}
	va_end(values);
	return code == SQLITE_OK ? 0 : trouble(state, code);
}

static int finish(struct state *state, sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	return code == SQLITE_DONE || code == SQLITE_ROW ? 0 : trouble(state, code);
}

/* 1 with a row, 0 at the end, or a negative errno */
static int step(struct state *state, sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	if (code == SQLITE_ROW)
		return 1;
	return code == SQLITE_DONE ? 0 : trouble(state, code);
}

static const char *text_column(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? text : "";
}

static int number_get(struct state *state, const char *name, int64_t *ret)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "SELECT value FROM number WHERE name = ?", "s", name);

	if (r == 0)
		r = step(state, s);
	if (r < 0)
		return r;
	*ret = r ? sqlite3_column_int64(s, 0) : 0;
	return 0;
}

static int number_set(struct state *state, const char *name, int64_t value)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "INSERT OR REPLACE INTO number VALUES(?, ?)", "si", name, value);

	return r < 0 ? r : finish(state, s);
}

/* --- opening -------------------------------------------------------------- */

static int check_whole(struct state *state)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "PRAGMA integrity_check(1)", "");

	if (r == 0)
		r = step(state, s);
	if (r < 0)
		return r;
	if (r == 1 && strcmp(text_column(s, 0), "ok") == 0)
		return 0;
	snprintf(state->problem, sizeof(state->problem), "%s", r ? text_column(s, 0) : "no answer");
	return -EBADMSG;
}

static int schema_of(struct state *state, int64_t *ret)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "PRAGMA user_version", "");

	if (r == 0)
		r = step(state, s);
	if (r < 0)
		return r;
	*ret = r ? sqlite3_column_int64(s, 0) : 0;
	return 0;
}

static int make_schema(struct state *state)
{
	char pragma[48];
	int r = state_begin(state);

	if (r == 0)
		r = run(state, schema);
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version = %d", SCHEMA_VERSION);
	if (r == 0)
		r = run(state, pragma);
	return r < 0 ? r : state_commit(state);
}

static int set_up(struct state *state)
{
	int64_t version = 0;
	int r;

	sqlite3_busy_timeout(state->db, 2000);
	r = run(state, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		       "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;");
	if (r == 0)
		r = check_whole(state);
	if (r == 0)
		r = schema_of(state, &version);
	if (r < 0)
		return r;
	if (version == 0)
		r = make_schema(state);
	if (r == 0 && version <= SCHEMA_VERSION)
		r = run(state, schema_quarantine);
	if (r < 0 || version == 0)
		return r;
	if (version != SCHEMA_VERSION) {
		snprintf(state->problem, sizeof(state->problem),
			 "its layout is version %lld, this program knows %d", (long long)version,
			 SCHEMA_VERSION);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

int state_open(const char *path, struct state **ret, struct buffer *why)
{
	_cleanup_(state_closep) struct state *state = calloc(1, sizeof(*state));
	mode_t mask;
	int code, r;

	if (!state)
		return -ENOMEM;
	mask = umask(077);
	code = sqlite3_open_v2(path, &state->db,
			       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW |
			       SQLITE_OPEN_EXRESCODE, NULL);
	umask(mask);
	r = code == SQLITE_OK ? set_up(state) : state->db ? trouble(state, code) : -ENOMEM;
	if (r < 0) {
		buffer_printf(why, "the state in %s cannot be used: %s", path,
			      *state->problem ? state->problem : strerror(-r));
		return r;
	}
	*ret = TAKE_PTR(state);
	return 0;
}

struct state *state_close(struct state *state)
{
	if (!state)
		return NULL;
	sqlite3_close(state->db);
	free(state);
	return NULL;
}

int state_begin(struct state *state)
{
	return run(state, "BEGIN IMMEDIATE");
}

int state_commit(struct state *state)
{
	int r = run(state, "COMMIT");

	if (r < 0)
		state_rollback(state);
	return r;
}

void state_rollback(struct state *state)
{
	if (!sqlite3_get_autocommit(state->db))
		run(state, "ROLLBACK");
}

/* --- assignments ---------------------------------------------------------- */

static int put_assignment(struct state *state, const char *sql, const struct state_assignment *a)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, sql, "ssiiiii", a->subject, a->role, a->until, a->time,
			(int64_t)a->by.uid, (int64_t)a->by.login_uid, (int64_t)a->by.pid);

	return r < 0 ? r : finish(state, s);
}

static int delete_pair(struct state *state, const char *sql, const char *subject, const char *role,
		       size_t *ret_count)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, sql, "ss", subject, role);

	if (r == 0)
		r = finish(state, s);
	if (r == 0 && ret_count)
		*ret_count = (size_t)sqlite3_changes(state->db);
	return r;
}

int state_assign(struct state *state, const struct state_assignment *assignment)
{
	int r = put_assignment(state, "INSERT OR REPLACE INTO assignment VALUES(?,?,?,?,?,?,?)",
			       assignment);

	return r < 0 ? r : delete_pair(state, "DELETE FROM dropped WHERE subject = ?1 AND role = ?2",
				       assignment->subject, assignment->role, NULL);
}

int state_revoke(struct state *state, const char *subject, const char *role, size_t *ret_count)
{
	return delete_pair(state, "DELETE FROM assignment WHERE subject = ?1"
			   " AND (?2 IS NULL OR role = ?2)", subject, role, ret_count);
}

static int each_assignment(struct state *state, sqlite3_stmt *s, state_assignment_fn *fn,
			   void *context)
{
	int r;

	while ((r = step(state, s)) == 1) {
		struct state_assignment a = {
			.subject = text_column(s, 0),
			.role = text_column(s, 1),
			.until = sqlite3_column_int64(s, 2),
			.time = sqlite3_column_int64(s, 3),
			.by.uid = (uint32_t)sqlite3_column_int64(s, 4),
			.by.login_uid = (uint32_t)sqlite3_column_int64(s, 5),
			.by.pid = (uint32_t)sqlite3_column_int64(s, 6),
		};

		r = fn(context, &a);
		if (r)
			break;
	}
	return r;
}

int state_expire(struct state *state, int64_t now)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "DELETE FROM assignment WHERE until != 0 AND until <= ?", "i", now);

	return r < 0 ? r : finish(state, s);
}

int state_assignments(struct state *state, state_assignment_fn *fn, void *context)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "SELECT * FROM assignment ORDER BY subject, role", "");

	return r < 0 ? r : each_assignment(state, s, fn, context);
}

int state_next_end(struct state *state, int64_t *ret)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "SELECT min(until) FROM assignment WHERE until != 0", "");

	if (r == 0)
		r = step(state, s);
	if (r < 0)
		return r;
	*ret = r ? sqlite3_column_int64(s, 0) : 0;
	return 0;
}

int state_drop(struct state *state, const struct state_assignment *dropped)
{
	return put_assignment(state, "INSERT OR REPLACE INTO dropped VALUES(?,?,?,?,?,?,?)", dropped);
}

int state_dropped(struct state *state, state_assignment_fn *fn, void *context)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "SELECT * FROM dropped ORDER BY subject, role", "");

	return r < 0 ? r : each_assignment(state, s, fn, context);
}

int state_bind(struct state *state, const char *subject)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "INSERT OR IGNORE INTO bound VALUES(?)", "s", subject);

	return r < 0 ? r : finish(state, s);
}

int state_bound(struct state *state, state_subject_fn *fn, void *context)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "SELECT subject FROM bound ORDER BY subject", "");

	if (r < 0)
		return r;
	while ((r = step(state, s)) == 1) {
		r = fn(context, text_column(s, 0));
		if (r)
			break;
	}
	return r;
}

/* --- quarantine ------------------------------------------------------------ */

int state_quarantine(struct state *state, const struct state_quarantine *q)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "INSERT OR REPLACE INTO quarantine VALUES(?,?,?,?,?,?,?,?,?)",
			"siiisiiii", q->subject, (int64_t)q->kind, (int64_t)q->number,
			(int64_t)q->id, q->boot, q->time, (int64_t)q->by.uid,
			(int64_t)q->by.login_uid, (int64_t)q->by.pid);

	return r < 0 ? r : finish(state, s);
}

int state_release(struct state *state, const char *subject)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "DELETE FROM quarantine WHERE subject = ?", "s", subject);

	return r < 0 ? r : finish(state, s);
}

static int forget_boots(struct state *state, const char *boot)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "DELETE FROM quarantine WHERE boot != '' AND boot != ?", "s", boot);

	return r < 0 ? r : finish(state, s);
}

int state_quarantines(struct state *state, const char *boot, state_quarantine_fn *fn, void *context)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = forget_boots(state, boot);

	if (r == 0)
		r = prepare(state, &s, "SELECT * FROM quarantine ORDER BY time, subject", "");
	if (r < 0)
		return r;
	while ((r = step(state, s)) == 1) {
		struct state_quarantine q = {
			.subject = text_column(s, 0),
			.kind = (uint32_t)sqlite3_column_int64(s, 1),
			.number = (uint32_t)sqlite3_column_int64(s, 2),
			.id = (uint64_t)sqlite3_column_int64(s, 3),
			.boot = text_column(s, 4),
			.time = sqlite3_column_int64(s, 5),
			.by.uid = (uint32_t)sqlite3_column_int64(s, 6),
			.by.login_uid = (uint32_t)sqlite3_column_int64(s, 7),
			.by.pid = (uint32_t)sqlite3_column_int64(s, 8),
		};

		r = fn(context, &q);
		if (r)
			break;
	}
	return r;
}

/* --- sources -------------------------------------------------------------- */

int state_set_sources(struct state *state, uint64_t version, const struct state_source *sources,
		      size_t count)
{
	_cleanup_statement_ sqlite3_stmt *old = NULL;
	int r = prepare(state, &old, "DELETE FROM source WHERE version = ?", "i", (int64_t)version);

	if (r == 0)
		r = finish(state, old);
	for (size_t i = 0; r == 0 && i < count; i++) {
		_cleanup_statement_ sqlite3_stmt *s = NULL;

		r = prepare(state, &s, "INSERT INTO source VALUES(?, ?, ?, ?)", "iisb",
			    (int64_t)version, (int64_t)i, sources[i].name, sources[i].text,
			    sources[i].size);
		if (r == 0)
			r = finish(state, s);
	}
	if (r == 0)
		r = number_set(state, "sources", (int64_t)version);
	return r < 0 ? r : run(state, "DELETE FROM source WHERE version NOT IN"
			       " (SELECT DISTINCT version FROM source ORDER BY version DESC LIMIT 32)");
}

int state_sources(struct state *state, state_source_fn *fn, void *context, uint64_t *ret_version)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int64_t version = 0;
	int r = number_get(state, "sources", &version);

	if (r == 0)
		r = prepare(state, &s, "SELECT name, text FROM source WHERE version = ?"
			    " ORDER BY position", "i", version);
	if (r < 0)
		return r;
	while ((r = step(state, s)) == 1) {
		struct state_source source = {
			.name = text_column(s, 0),
			.text = sqlite3_column_blob(s, 1),
			.size = (size_t)sqlite3_column_bytes(s, 1),
		};

		if (!source.text)
			source.text = "";
		r = fn(context, &source);
		if (r)
			return r;
	}
	if (r == 0 && ret_version)
		*ret_version = (uint64_t)version;
	return r;
}

/* --- history -------------------------------------------------------------- */

int state_record(struct state *state, const struct state_change *change)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "INSERT INTO history VALUES(NULL,?,?,?,?,?,?,?,?,?)", "iisssiiib",
			change->time, (int64_t)change->version, change->change, change->detail,
			change->outcome, (int64_t)change->by.uid, (int64_t)change->by.login_uid,
			(int64_t)change->by.pid, change->digest, sizeof(change->digest));

	return r < 0 ? r : finish(state, s);
}

int state_history(struct state *state, size_t limit, state_change_fn *fn, void *context)
{
	_cleanup_statement_ sqlite3_stmt *s = NULL;
	int r = prepare(state, &s, "SELECT time, version, change, detail, outcome, uid, login_uid,"
			" pid, digest FROM (SELECT * FROM history ORDER BY id DESC LIMIT ?)"
			" ORDER BY id", "i", limit ? (int64_t)limit : (int64_t)-1);

	if (r < 0)
		return r;
	while ((r = step(state, s)) == 1) {
		struct state_change change = {
			.time = sqlite3_column_int64(s, 0),
			.version = (uint64_t)sqlite3_column_int64(s, 1),
			.change = text_column(s, 2),
			.detail = text_column(s, 3),
			.outcome = text_column(s, 4),
			.by.uid = (uint32_t)sqlite3_column_int64(s, 5),
			.by.login_uid = (uint32_t)sqlite3_column_int64(s, 6),
			.by.pid = (uint32_t)sqlite3_column_int64(s, 7),
		};

		if (sqlite3_column_bytes(s, 8) == SHA256_SIZE)
			memcpy(change.digest, sqlite3_column_blob(s, 8), SHA256_SIZE);
		r = fn(context, &change);
		if (r)
			break;
	}
	return r;
}

int state_version(struct state *state, uint64_t *ret)
{
	int64_t value;
	int r = number_get(state, "version", &value);

	if (r == 0)
		*ret = (uint64_t)value;
	return r;
}

int state_raise_version(struct state *state, uint64_t version)
{
	uint64_t old = 0;
	int r = state_version(state, &old);

	if (r < 0 || version <= old)
		return r;
	return number_set(state, "version", (int64_t)version);
}
