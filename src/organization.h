/*
 * organization.h
 *		Which organization, and which of its employees, this session works for.
 */
#ifndef SALESOPP_ORGANIZATION_H
#define SALESOPP_ORGANIZATION_H

#include "postgres.h"

/* What a setting says. */
typedef struct Choice
{
	int64		id;				/* 0: none */
	bool		is_of_session;	/* and not of the role or database, which other servers know, too */
} Choice;

extern void define_organization_settings(void);
extern uint64 session_choice(Choice *organization, Choice *employee);

/* 0, which no organization has, when there is none. */
extern int64 current_organization_id(void);
extern bool is_current_organization(int64 organization_id);
extern bool has_chosen_organization(void);
extern bool is_chosen_organization(int64 organization_id);

/* Managers are those who may add employees. */
extern bool is_manager(void);

extern bool is_employee_of(int64 organization_id, int64 employee_id);

/* The employee that stamps name, or false when none is set; it must be one of that organization. */
extern bool current_employee(int64 organization_id, int64 *employee_id);

#endif
