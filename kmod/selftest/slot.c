// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of slot.c: the arithmetic of the control word. */

bool __init bw_slot_selftest(void)
{
	u64 word = 0;
	bool good = true;
	u32 i;

	for (i = 1; i <= 5; i++) {
		const u32 slot = i & 1;

		word = word_next(word, slot);
		good &= word_slot(word) == slot && word >> 1 == i;
	}
	/* The same slot again still is another epoch. */
	good &= word_next(word, word_slot(word)) != word;
	/* Slot 0 in its first epoch is not the word of "no policy". */
	good &= word_next(0, 0) != 0;

	pr_info("bailiwick: selftest: slot %s\n", good ? "passes" : "FAILS");
	return good;
}
