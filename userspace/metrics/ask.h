/* SPDX-License-Identifier: Apache-2.0 */
/* What the controller and the program that serves its numbers say to each other */
#ifndef BAILIWICK_METRICS_ASK_H
#define BAILIWICK_METRICS_ASK_H

/*
 * The program has one socket, descriptor METRICS_FEED.  First it is given the
 * socket to serve on: one byte METRICS_LISTEN with the descriptor.  Then it asks
 * with any byte, and gets one byte METRICS_NUMBERS with a file: the text, whole.
 */
#define METRICS_FEED 3
#define METRICS_LISTEN 'l'
#define METRICS_NUMBERS 'n'

/* Seconds the program waits for the numbers */
#define METRICS_PATIENCE 5

#endif
