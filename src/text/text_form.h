/*
 * text_form.h
 *		The forms of a text that are compared: composed, and without accents.
 */
#ifndef SALESOPP_TEXT_FORM_H
#define SALESOPP_TEXT_FORM_H

#include "postgres.h"
#include "utils/jsonb.h"

/* Each gives the text itself where it is in that form already, else one of its own. */
extern char *compose(char *s, Size length, Size *new_length);
extern char *remove_accents(char *s, Size length, Size *new_length);

/* The same with all texts in it composed, the keys too. */
extern Jsonb *compose_jsonb(Jsonb *json);

extern void unify_sigma(char *s, Size length);

#endif
