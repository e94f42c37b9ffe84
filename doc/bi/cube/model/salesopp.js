// A model for Cube: opportunities and the stages that they were at, how the pipeline and the results are measured, and by what
// they are looked at. Every connection shows one organization, see ../cube.js.

cube(`opportunities`, {
	sql: `SELECT o.*, l.weighted_value, l.responsible, l.company, l.department, l.sales_region, l.sales_process
		FROM salesopp.opportunity_list l
		JOIN salesopp.opportunity o ON o.organization_id = l.organization_id AND o.id = l.id`,
	description: `What could be sold, is sold or is lost; deleted ones are not there`,

	joins: {
		employees: { relationship: `many_to_one`, sql: `${CUBE}.organization_id = ${employees}.organization_id AND ${CUBE}.responsible_id = ${employees}.id` },
		companies: { relationship: `many_to_one`, sql: `${CUBE}.organization_id = ${companies}.organization_id AND ${CUBE}.company_id = ${companies}.id` },
		loss_reasons: { relationship: `many_to_one`, sql: `${CUBE}.organization_id = ${loss_reasons}.organization_id AND ${CUBE}.loss_reason_id = ${loss_reasons}.id` },
	},

	measures: {
		count: { type: `count` },
		open_count: { type: `count`, filters: [{ sql: `${CUBE}.status = 'open'` }] },
		won_count: { type: `count`, filters: [{ sql: `${CUBE}.status = 'won'` }] },
		lost_count: { type: `count`, filters: [{ sql: `${CUBE}.status = 'lost'` }] },
		estimated_revenue: { sql: `estimated_revenue`, type: `sum`, format: `currency` },
		open_pipeline: { sql: `weighted_value`, type: `sum`, format: `currency`, filters: [{ sql: `${CUBE}.status = 'open'` }],
			description: `The estimates of open ones, each weighted by its progress` },
		won_revenue: { sql: `actual_revenue`, type: `sum`, format: `currency`, filters: [{ sql: `${CUBE}.status = 'won'` }] },
		win_rate: { sql: `100.0 * ${won_count} / NULLIF(${won_count} + ${lost_count}, 0)`, type: `number`, format: `percent` },
	},

	dimensions: {
		id: { sql: `${CUBE}.organization_id || '/' || ${CUBE}.id`, type: `string`, primary_key: true },
		subject: { sql: `subject`, type: `string` },
		status: { sql: `status::text`, type: `string` },
		priority: { sql: `priority::text`, type: `string` },
		responsible: { sql: `responsible`, type: `string` },
		company: { sql: `company`, type: `string` },
		department: { sql: `department`, type: `string` },
		sales_region: { sql: `sales_region`, type: `string` },
		sales_process: { sql: `sales_process`, type: `string` },
		progress: { sql: `progress`, type: `number`, format: `percent` },
		// Days. Cube takes them for instants in UTC and moves them to the time zone of the query; at this time of day it is the
		// same day from Honolulu to Auckland.
		decision_date: { sql: `(decision_date + time '10:30')`, type: `time` },
		close_date: { sql: `(close_date + time '10:30')`, type: `time` },
		decision_month: { sql: `to_char(decision_date, 'YYYY-MM')`, type: `string` },
		close_month: { sql: `to_char(close_date, 'YYYY-MM')`, type: `string` },
		created_at: { sql: `created_at`, type: `time` },
	},
});

cube(`employees`, {
	sql_table: `salesopp.employee`,
	dimensions: {
		id: { sql: `id`, type: `number`, primary_key: true },
		initials: { sql: `initials`, type: `string` },
		name: { sql: `name`, type: `string` },
		is_active: { sql: `is_active`, type: `boolean` },
	},
});

cube(`companies`, {
	sql_table: `salesopp.company`,
	dimensions: {
		id: { sql: `id`, type: `number`, primary_key: true },
		name: { sql: `name`, type: `string` },
	},
});

cube(`loss_reasons`, {
	sql_table: `salesopp.loss_reason`,
	dimensions: {
		id: { sql: `id`, type: `number`, primary_key: true },
		name: { sql: `name`, type: `string` },
	},
});

cube(`stage_visits`, {
	sql_table: `salesopp.stage_visits`,
	description: `When opportunities were at which stage, and for how long`,
	joins: {
		opportunities: { relationship: `many_to_one`, sql: `${CUBE}.organization_id = ${opportunities}.organization_id AND ${CUBE}.opportunity_id = ${opportunities}.id` },
	},
	measures: {
		count: { type: `count` },
		average_days: { sql: `extract(epoch FROM duration) / 86400`, type: `avg`, filters: [{ sql: `${CUBE}.is_measured AND NOT ${CUBE}.is_current` }] },
	},
	dimensions: {
		key: { sql: `${CUBE}.organization_id || '/' || ${CUBE}.opportunity_id || '/' || ${CUBE}.visit`, type: `string`, primary_key: true },
		stage: { sql: `name`, type: `string` },
		position: { sql: `position`, type: `number` },
		ended_by: { sql: `ended_by`, type: `string` },
		entered_at: { sql: `entered_at`, type: `time` },
	},
});
