/*
 * choice_elsewhere.h
 *		What a transaction chooses is chosen on the other servers, too.
 */
#ifndef SALESOPP_CHOICE_ELSEWHERE_H
#define SALESOPP_CHOICE_ELSEWHERE_H

extern void follow_choice(void);

#endif
