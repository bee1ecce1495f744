/* SPDX-License-Identifier: Apache-2.0 */
/* Variables that clean up behind themselves when they go out of scope */
#ifndef BAILIWICK_BASE_CLEANUP_H
#define BAILIWICK_BASE_CLEANUP_H

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(function) __attribute__((cleanup(function)))

/*
 * DEFINE_CLEANUP(struct thing *, thing_free) defines thing_freep() for
 * `_cleanup_(thing_freep) struct thing *t = NULL;`
 */
#define DEFINE_CLEANUP(type, function)				\
	static inline void function##p(type *variable)		\
	{							\
		if (*variable)					\
			function(*variable);			\
	}							\
	struct cleanup_wants_a_semicolon

/* free() what a pointer of any type points to; errno stays as it was */
static inline void freep(void *pointer)
{
	int saved = errno;

	free(*(void **)pointer);
	errno = saved;
}

/* close() a descriptor that is not negative; errno stays as it was */
static inline void closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void fclosep(FILE **stream)
{
	if (*stream)
		fclose(*stream);
}

static inline void closedirp(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

#define _cleanup_free_ _cleanup_(freep)
#define _cleanup_close_ _cleanup_(closep)
#define _cleanup_fclose_ _cleanup_(fclosep)
#define _cleanup_closedir_ _cleanup_(closedirp)

/* Take a value out of a cleaned-up variable, for handing it to the caller */
#define TAKE_PTR(variable)					\
	({							\
		__typeof__(variable) taken_ = (variable);	\
		(variable) = NULL;				\
		taken_;						\
	})

#define TAKE_FD(variable)					\
	({							\
		int taken_ = (variable);			\
		(variable) = -1;				\
		taken_;						\
	})

#endif
