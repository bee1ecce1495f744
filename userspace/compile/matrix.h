/* SPDX-License-Identifier: Apache-2.0 */
/* Rows, labels, cells, transitions and dominance: the access matrix of an image */
#ifndef BAILIWICK_COMPILE_MATRIX_H
#define BAILIWICK_COMPILE_MATRIX_H

struct lowering;

/** matrix_write() - SECTION_LABEL, SECTION_CELL and SECTION_TRANSITION */
int matrix_write(struct lowering *lowering);

/** matrix_write_rows() - SECTION_ROW and SECTION_ROW_ROLE */
int matrix_write_rows(struct lowering *lowering);

/**
 * matrix_write_dominance() - SECTION_DOMINANCE
 *
 * Needs lowering->cells and lowering->net_cells. A row dominates another when it
 * holds every right, network operation, capability, family, privilege and
 * transition of the other, and is held to them no more strictly.
 */
int matrix_write_dominance(struct lowering *lowering);

#endif
