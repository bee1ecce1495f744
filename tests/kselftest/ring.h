/* SPDX-License-Identifier: Apache-2.0 */
/* The least of io_uring: open a file and read it, with no library. */
#ifndef RING_H
#define RING_H

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct ring {
	int fd;
	uint8_t *submit, *complete;
	struct io_uring_sqe *entries;
	struct io_uring_params parameters;
};

/* flags: IORING_SETUP_* */
static inline long ring_open_with(struct ring *ring, uint32_t flags)
{
	struct io_uring_params *p = &ring->parameters;

	memset(ring, 0, sizeof(*ring));
	p->flags = flags;
	p->sq_thread_idle = 100;
	ring->fd = syscall(SYS_io_uring_setup, 2, p);
	if (ring->fd < 0)
		return -errno;
	ring->submit = mmap(NULL, p->sq_off.array + p->sq_entries * sizeof(uint32_t),
			    PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->complete = mmap(NULL, p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe),
			      PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_CQ_RING);
	ring->entries = mmap(NULL, p->sq_entries * sizeof(struct io_uring_sqe),
			     PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQES);
	if (ring->submit == MAP_FAILED || ring->complete == MAP_FAILED ||
	    ring->entries == MAP_FAILED)
		return -errno;
	return 0;
}

static inline long ring_open(struct ring *ring)
{
	return ring_open_with(ring, 0);
}

/* Submit one entry and wait for its answer: what the system call would return. */
static inline long ring_do(struct ring *ring, const struct io_uring_sqe *entry)
{
	struct io_uring_params *p = &ring->parameters;
	uint32_t *tail = (uint32_t *)(ring->submit + p->sq_off.tail);
	uint32_t *array = (uint32_t *)(ring->submit + p->sq_off.array);
	uint32_t mask = *(uint32_t *)(ring->submit + p->sq_off.ring_mask);
	uint32_t *head = (uint32_t *)(ring->complete + p->cq_off.head);
	uint32_t cmask = *(uint32_t *)(ring->complete + p->cq_off.ring_mask);
	struct io_uring_cqe *answers = (void *)(ring->complete + p->cq_off.cqes);
	long result;

	ring->entries[*tail & mask] = *entry;
	array[*tail & mask] = *tail & mask;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1,
		    IORING_ENTER_GETEVENTS | (p->flags & IORING_SETUP_SQPOLL ?
						      IORING_ENTER_SQ_WAKEUP : 0), NULL, 0) < 0)
		return -errno;
	result = answers[*head & cmask].res;
	__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	return result;
}

static inline long ring_read_file(const char *path, char *text, size_t size, uint8_t flags)
{
	struct io_uring_sqe entry = { .opcode = IORING_OP_OPENAT, .flags = flags,
		.fd = AT_FDCWD, .addr = (uintptr_t)path, .open_flags = O_RDONLY };
	struct ring ring;
	long result = ring_open(&ring);

	if (result)
		return result;
	result = ring_do(&ring, &entry);
	if (result >= 0) {
		entry = (struct io_uring_sqe){ .opcode = IORING_OP_READ, .flags = flags,
			.fd = result, .addr = (uintptr_t)text, .len = size - 1 };
		result = ring_do(&ring, &entry);
	}
	close(ring.fd);
	return result;
}

#endif
