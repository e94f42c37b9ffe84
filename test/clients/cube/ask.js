const fs = require("fs");
const assert = require("assert");
const { prepareCompiler, PostgresQuery } = require("@cubejs-backend/schema-compiler");
const PostgresDriver = require("@cubejs-backend/postgres-driver");
const configuration = require("./cube.js");
const { test, done } = require("./tap.js");

const drivers = [];
function driverOf(organization_id) {
	const { type, ...options } = configuration.driverFactory({ securityContext: { organization_id } });
	assert.strictEqual(type, "postgres");
	const driver = new (PostgresDriver.PostgresDriver || PostgresDriver)({ host: process.env.PGHOST, port: process.env.PGPORT,
		database: process.env.PGDATABASE, user: "client_cube", ...options });
	drivers.push(driver);
	return driver;
}

async function main() {
	const files = fs.readdirSync("model").map(name => ({ fileName: name, content: fs.readFileSync(`model/${name}`, "utf8") }));
	// the native part is for models in YAML with templates
	const compilers = prepareCompiler({ localPath: () => "model", dataSchemaFiles: async () => files },
		{ adapter: "postgres", nativeInstance: { newJinjaEngine: () => ({}) } });
	await test("the model compiles", () => compilers.compiler.compile());

	const statement = (query, timezone = "Europe/Oslo") => new PostgresQuery(compilers, { timezone, order: [], useNativeSqlPlanner: false, ...query })
		.buildSqlAndParams();
	const first = driverOf(1), second = driverOf(2);
	const load = (query, timezone, driver = first) => driver.query(...statement(query, timezone));

	const { cubeEvaluator } = compilers;
	for (const cube of cubeEvaluator.cubeNames()) {
		await test(`${cube}: everything in it names what exists`, async () => {
			const { measures, dimensions } = cubeEvaluator.cubeFromPath(cube);
			const name = each => `${cube}.${each}`;
			for (const measure of Object.keys(measures)) await load({ measures: [name(measure)] });
			for (const [dimension, { type }] of Object.entries(dimensions)) {
				const rows = await load(type === "time" ? { timeDimensions: [{ dimension: name(dimension), granularity: "month" }] } : { dimensions: [name(dimension)] });
				assert.ok(rows.length > 0, `${dimension} shows something`);
			}
		});
	}
	await test("the joins go where they say", async () => {
		const rows = await load({ measures: ["opportunities.count"], dimensions: ["opportunities.responsible", "employees.initials", "opportunities.company", "companies.name"] });
		assert.ok(rows.every(row => row.opportunities__responsible === row.employees__initials && row.opportunities__company === row.companies__name));
		assert.strictEqual(rows.reduce((sum, row) => sum + Number(row.opportunities__count), 0), 19, "nothing is counted twice");
		const lost = await load({ measures: ["opportunities.lost_count"], dimensions: ["loss_reasons.name"] });
		assert.ok(lost.some(row => row.loss_reasons__name && Number(row.opportunities__lost_count) === 4));
		assert.ok((await load({ measures: ["stage_visits.count"], dimensions: ["opportunities.responsible"] })).length > 1);
	});
	await test("its figures are the extension's: by month and responsible", async () => {
		const measures = ["count", "open_count", "won_count", "lost_count", "estimated_revenue", "open_pipeline", "won_revenue"].map(each => `opportunities.${each}`);
		const same = rows => rows.map(row => Object.values(row).map(each => each === null ? null : Number(each)).join()).sort();
		const told = await first.query(`SELECT opportunities, open_opportunities, won_opportunities, lost_opportunities, estimated_revenue, open_pipeline, won_revenue
			FROM salesopp.pipeline_by_employee`, []);
		const asked = await load({ measures, dimensions: ["opportunities.responsible"] });
		const figures = asked.map(row => measures.map(each => Number(row[each.replace(".", "__")] || 0)));
		assert.deepStrictEqual(same(figures), same(told.map(row => Object.values(row).map(Number))));
		const months = "SELECT to_char(month, 'YYYY-MM') AS month, opportunities::int FROM salesopp.pipeline_by_month ORDER BY month";
		for (const timezone of ["UTC", "Europe/Oslo", "America/New_York", "Pacific/Auckland"]) {
			const byMonth = await load({ measures: ["opportunities.count"], timeDimensions: [{ dimension: "opportunities.decision_date", granularity: "month" }] }, timezone);
			const found = byMonth.map(row => ({ month: row.opportunities__decision_date_month && row.opportunities__decision_date_month.slice(0, 7),
				opportunities: Number(row.opportunities__count) })).sort((a, b) => (a.month || "9999").localeCompare(b.month || "9999"));
			assert.deepStrictEqual(found, await first.query(months, []), timezone);
		}
	});
	await test("a condition is a parameter", async () => {
		const rows = await load({ measures: ["opportunities.count"], filters: [{ member: "opportunities.subject", operator: "contains", values: ["deal 1 of"] }] });
		assert.deepStrictEqual(rows, [{ opportunities__count: "1" }]);
		assert.deepStrictEqual(await load({ measures: ["opportunities.count"], filters: [{ member: "opportunities.status", operator: "equals", values: ["' OR true --"] }] }),
			[{ opportunities__count: "0" }]);
	});
	await test("each organization has its own connections, and sees its own", async () => {
		const query = { dimensions: ["opportunities.subject"] };
		for (const [driver, organization] of [[first, 1], [second, 2]]) {
			const rows = await load(query, "UTC", driver);
			assert.ok(rows.length === 19 && rows.every(row => row.opportunities__subject.endsWith(`of ${organization}`)));
		}
		const names = [1, 2].map(organization_id => ({ securityContext: { organization_id } }));
		for (const way of ["contextToAppId", "contextToOrchestratorId"]) assert.strictEqual(new Set(names.map(configuration[way])).size, 2);
		for (const organization_id of [undefined, "1", 0, "1 -c role=postgres"]) {
			assert.throws(() => configuration.driverFactory({ securityContext: { organization_id } }), /names no organization/);
		}
		assert.throws(() => configuration.contextToAppId({}), /names no organization/);
	});
	for (const driver of drivers) await driver.release();
	done();
}

main().catch(error => { console.error(error); process.exit(1); });
