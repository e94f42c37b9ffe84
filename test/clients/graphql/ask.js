// usage: node ask.js NEEDS     beside the files of doc/graphql
const fs = require("fs");
const assert = require("assert");
const { spawn } = require("child_process");
const jwt = require("jsonwebtoken");
const { Pool } = require("pg");
const { test, done } = require("./tap.js");

process.env.JWT_SECRET = "only for this test";
const secret = process.env.JWT_SECRET;
const pool = new Pool();
const rows = async (statement, ...values) => (await pool.query(statement, values)).rows;

// A server for a role, as server.js starts it
async function start(role) {
	const server = spawn(process.execPath, ["--preserve-symlinks", "server.js"],
		{ env: { ...process.env, PGUSER: role, PORT: "0" }, stdio: ["ignore", "pipe", "pipe"] });
	let said = "", complaints = "";
	server.stderr.on("data", data => { complaints += data; });
	const url = await new Promise((resolve, reject) => {
		server.stdout.on("data", data => {
			said += data;
			const found = /http:\S+/.exec(said);
			if (found) resolve(found[0]);
		});
		server.on("exit", () => reject(new Error(complaints)));
	});
	return { server, url, complaints: () => complaints };
}

const tokenOf = (organization_id, employee_id) => jwt.sign({ organization_id, employee_id }, secret);

async function send(url, token, query, variables) {
	const answer = await fetch(url, {
		method: "POST",
		headers: { "content-type": "application/json", ...(token ? { authorization: `Bearer ${token}` } : {}) },
		body: JSON.stringify({ query, variables }),
	});
	return { status: answer.status, ...await answer.json().catch(() => ({})) };
}

async function theCatalog() {
	const { createPostGraphileSchema } = require("postgraphile");
	const { printSchema } = require("graphql");
	const options = require("./server.js");
	const complaints = [];
	for (const way of ["warn", "error"]) {
		console[way] = (...words) => complaints.push(words.join(" "));
	}
	const seen = { fields: new Map(), found: null };
	const recorder = builder => {
		builder.hook("build", build => { seen.found = build.pgIntrospectionResultsByKind; return build; }, [], [], []);
		builder.hook("GraphQLObjectType:fields:field", (field, build, { scope }) => {
			const of = scope.pgFieldIntrospection;
			if (of && (scope.isRootQuery || scope.isRootMutation) && !seen.fields.has(of.id)) {
				seen.fields.set(of.id, { name: scope.fieldName, field });
			}
			return field;
		});
	};
	const schema = await createPostGraphileSchema(pool, ["salesopp"], { ...options, appendPlugins: [...options.appendPlugins, recorder] });
	printSchema(schema);

	await test("there is nothing to complain of: no names that collide, no tags of what does not exist", () => {
		assert.deepStrictEqual(complaints, []);
	});

	// PostGraphile does not look at functions of which there are two, and at none with VARIADIC arguments.
	const passedOver = { set_status: "setStatus of salesopp.js", bulk_outcomes: "a step of other functions",
		lock_opportunity: "a step of other functions", require: "a step of other functions", forecast_accum: "a step of an aggregate", forecast_quantile_accum: "a step of an aggregate" };
	const tags = new Map(seen.found.procedure.concat(seen.found.class).map(each => [each.id, each.tags]));
	const leftOut = id => (tags.get(id) || {}).omit === true && (tags.get(id) || {}).reason;
	await test("every function is there, or left out with a reason", async () => {
		const functions = await rows(`SELECT oid, proname, obj_description(oid) AS description FROM pg_proc
			WHERE pronamespace = 'salesopp'::regnamespace AND prokind = 'f' AND prorettype <> 'trigger'::regtype ORDER BY proname`);
		const lacking = functions.filter(each => !seen.fields.has(String(each.oid)) && !leftOut(String(each.oid)) && !passedOver[each.proname]);
		assert.deepStrictEqual(lacking.map(each => each.proname), []);
		assert.ok(functions.length > 100);
		const wrong = functions.filter(each => seen.fields.has(String(each.oid)) && (!each.description ||
			seen.fields.get(String(each.oid)).field.description !== each.description));
		assert.deepStrictEqual(wrong.map(each => each.proname), [], "and has the database's comment");
		assert.ok(schema.getMutationType().getFields().setStatus);
	});
	await test("what PostGraphile passes over is what is said here", async () => {
		const twice = await rows(`SELECT DISTINCT proname FROM pg_proc p WHERE pronamespace = 'salesopp'::regnamespace AND prokind = 'f'
			AND prorettype <> 'trigger'::regtype AND (provariadic <> 0
				OR (SELECT count(*) FROM pg_proc q WHERE q.pronamespace = p.pronamespace AND q.proname = p.proname) > 1) ORDER BY 1`);
		assert.deepStrictEqual(twice.map(each => each.proname), Object.keys(passedOver).sort());
	});
	await test("every table and view is there, or left out with a reason; those of rows have a key", async () => {
		const relations = await rows(`SELECT oid, relname, relkind, obj_description(oid) AS description FROM pg_class
			WHERE relnamespace = 'salesopp'::regnamespace AND relkind IN ('r', 'v')`);
		const lacking = relations.filter(each => !seen.fields.has(String(each.oid)) && !leftOut(String(each.oid)));
		assert.deepStrictEqual(lacking.map(each => each.relname), []);
		for (const each of relations.filter(each => !leftOut(String(each.oid)))) {
			const found = seen.found.classById[each.oid];
			const isReport = /^(pipeline|results)_by_/.test(each.relname);
			assert.strictEqual(Boolean(found.primaryKeyConstraint), !isReport, `the key of ${each.relname}`);
			assert.ok(isReport && /_by_month$/.test(each.relname) || each.relname === "progress" || found.constraints.some(key => key.type === "f"), `relations of ${each.relname}`);
			assert.strictEqual(found.description, each.description);
		}
	});
	await test("comments of columns are the database's", async () => {
		const columns = await rows(`SELECT a.attrelid AS relation, a.attname AS name, col_description(a.attrelid, a.attnum) AS description
			FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
			WHERE c.relnamespace = 'salesopp'::regnamespace AND c.relkind IN ('r', 'v') AND col_description(a.attrelid, a.attnum) IS NOT NULL`);
		const wrong = columns.filter(each => seen.found.attribute.find(a => a.classId === String(each.relation) && a.name === each.name)
			.description !== each.description);
		assert.deepStrictEqual(wrong, []);
		assert.ok(columns.length > 20);
		assert.ok(columns.every(each => !each.description.startsWith("@")));
	});
	for (const way of ["warn", "error"]) delete console[way];
}

async function main() {
	await test("the needs of the test are those of package.json", () => {
		const { dependencies } = require("./package.json");
		const needed = /^npm="(.*)"$/m.exec(fs.readFileSync(process.argv[2], "utf8"))[1];
		assert.strictEqual(needed, Object.entries(dependencies).map(([name, version]) => `${name}@${version}`).join(" "));
	});
	await theCatalog();

	const servers = [];
	try {
		for (const level of ["seller", "reader"]) servers.push(await start(`client_graphql_${level}`));
		await requests(servers[0].url, servers[1].url);
		await test("the servers had nothing to complain of", () => {
			assert.deepStrictEqual(servers.map(each => each.complaints()), ["", ""]);
		});
	} finally {
		for (const { server } of servers) server.kill();
	}
	done();
	await pool.end();
}

async function requests(url, readersUrl) {
	const employees = await rows("SELECT organization_id, id FROM salesopp.employee ORDER BY organization_id");
	const fjord = tokenOf(1, Number(employees[0].id)), fjell = tokenOf(2, Number(employees[1].id));
	const idsOf = async organization => (await rows("SELECT id FROM salesopp.opportunity WHERE organization_id = $1 ORDER BY id", organization))
		.map(each => each.id);
	const [first, second, third] = await idsOf(1), [foreign] = await idsOf(2);
	const ask = async (query, variables, token = fjord) => {
		const { data, errors } = await send(url, token, query, variables);
		assert.deepStrictEqual(errors, undefined);
		return data;
	};
	const refused = async (query, variables, token = fjord) => {
		const { errors } = await send(url, token, query, variables);
		assert.strictEqual((errors || []).length, 1, JSON.stringify(errors));
		return errors[0];
	};

	await test("who has no valid token is refused", async () => {
		const none = { alg: "none", typ: "JWT" };
		const unsigned = [none, { organization_id: 1 }].map(each => Buffer.from(JSON.stringify(each)).toString("base64url")).join(".") + ".";
		for (const token of [null, "abc", jwt.sign({ organization_id: 1 }, "another secret"), unsigned, jwt.sign({ organization_id: 1, exp: 1 }, secret)]) {
			const { status, data, errors } = await send(url, token, "{ listedOpportunities { totalCount } }");
			assert.strictEqual(status, 401);
			assert.ok(!data && errors[0].message === "A valid token is needed", JSON.stringify(errors));
		}
	});

	await test("list: a page, its total, and what belongs to each", async () => {
		const { listedOpportunities: page } = await ask(`{ listedOpportunities(first: 2, orderBy: ID_ASC, condition: {status: OPEN}) {
			totalCount
			nodes {
				id subject flag estimatedRevenue weightedValue responsible
				opportunity { company { name } responsible { name } funnel { nodes { name color isCurrent } } stages { totalCount } }
				funnelSvg(language: "nb")
			} } }`);
		assert.strictEqual(page.totalCount, 5);
		const [node] = page.nodes;
		assert.strictEqual(node.id, first, "ids are strings, which keeps them exact");
		assert.strictEqual(node.estimatedRevenue, "100000.25", "and so are amounts");
		assert.strictEqual(node.flag, "YELLOW");
		assert.deepStrictEqual(node.opportunity.company, { name: "Havneset 1" });
		assert.deepStrictEqual(node.opportunity.responsible, { name: "Kari 1" });
		assert.deepStrictEqual(node.opportunity.funnel.nodes.map(each => each.color).slice(0, 3), ["GREEN", "YELLOW", "GRAY"]);
		assert.ok(node.funnelSvg.startsWith("<svg"));
	});

	await test("functions of one opportunity are its fields", async () => {
		const { opportunity } = await ask(`query ($id: BigInt!) { opportunity(id: $id) {
			card { currentStage customer { name } } listed { subject }
			customerOpportunities { id opportunity { id } } latestFollowUps(scope: "company", mine: false) { kind subject }
			chanceBy(by: "2099-01-01") versions { nodes { version } } } }`, { id: first });
		assert.strictEqual(opportunity.customerOpportunities.length, 4);
		assert.ok(opportunity.customerOpportunities.every(each => each.id !== first && each.id === each.opportunity.id));
		assert.ok(opportunity.latestFollowUps.some(each => each.subject === "Called"));
		assert.strictEqual(opportunity.card.customer.name, "Havneset 1");
		assert.ok("chanceBy" in opportunity);
	});

	const search = "query ($criteria: JSON, $after: BigInt) { search(criteria: $criteria, sort: \"estimated_revenue desc\", maxRows: 2, after: $after) { id subject } }";
	await test("search: criteria as an object, and the next page by the id of the last row", async () => {
		const criteria = { subject: "heat%", estimated_revenue: { ">=": 200000 } };
		const page = (await ask(search, { criteria })).search;
		assert.deepStrictEqual(page.map(each => each.subject), ["Heat pump 5 of 1", "Heat pump 4 of 1"]);
		const next = (await ask(search, { criteria, after: page[1].id })).search;
		assert.deepStrictEqual(next.map(each => each.subject), ["Heat pump 3 of 1", "Heat pump 2 of 1"]);
		const { summary } = await ask("query ($criteria: JSON) { summary(criteria: $criteria) { status opportunities estimatedRevenue } }", { criteria });
		assert.deepStrictEqual(summary.find(each => each.status === "total"), { status: "total", opportunities: "4", estimatedRevenue: "1400001.00" });
		const error = await refused(search, { criteria: { foo: 1 } });
		assert.strictEqual(error.errcode, "22023");
		assert.ok(error.hint);
	});

	const closeWon = `mutation ($id: BigInt!) { closeWon(input: {opportunityId: $id, actualRevenue: "115000.50"}) {
		opportunity { status actualRevenue changer { name } statusEvents { nodes { toStatus actualRevenue } } } } }`;
	const rename = "mutation ($id: BigInt!, $subject: String!) { updateOpportunity(input: {id: $id, patch: {subject: $subject}}) { opportunity { subject version } } }";
	await test("close, a refused change with SQLSTATE and hint, reopen", async () => {
		const { closeWon: closed } = await ask(closeWon, { id: first });
		assert.deepStrictEqual(closed.opportunity, { status: "WON", actualRevenue: "115000.50", changer: { name: "Kari 1" },
			statusEvents: { nodes: [{ toStatus: "WON", actualRevenue: "115000.50" }] } });
		const error = await refused(rename, { id: first, subject: "Other" });
		assert.strictEqual(error.errcode, "55000");
		assert.strictEqual(error.message, `opportunity ${first} is closed (won)`);
		assert.ok(error.hint.startsWith("Reopen it first"));
		const { reopen } = await ask(`mutation ($id: BigInt!) { reopen(input: {opportunityId: $id, note: "They want two"}) {
			opportunity { status statusNote } } }`, { id: first });
		assert.deepStrictEqual(reopen.opportunity, { status: "OPEN", statusNote: "They want two" });
		const { updateOpportunity } = await ask(rename, { id: first, subject: "Two heat pumps" });
		assert.strictEqual(updateOpportunity.opportunity.subject, "Two heat pumps");
	});

	await test("two who edit the same: the second is told", async () => {
		const save = `mutation ($id: BigInt!, $version: Int!, $note: String) {
			updateOpportunityOfVersion(input: {id: $id, version: $version, patch: {note: $note}}) { opportunity { version note } } }`;
		const { opportunity: { version } } = await ask("query ($id: BigInt!) { opportunity(id: $id) { version } }", { id: second });
		const { updateOpportunityOfVersion: saved } = await ask(save, { id: second, version, note: "mine" });
		assert.deepStrictEqual(saved.opportunity, { version: version + 1, note: "mine" });
		assert.match((await refused(save, { id: second, version, note: "yours" })).message, /^No values were updated/);
	});

	await test("create: an opportunity, and by the functions a quote and its order", async () => {
		const { createOpportunity: { opportunity } } = await ask(`mutation { createOpportunity(input: {opportunity: {subject: "New", estimatedRevenue: "12345678901234.56"}}) {
			opportunity { id organizationId estimatedRevenue creator { initials } } } }`);
		assert.strictEqual(opportunity.organizationId, "1");
		assert.strictEqual(opportunity.estimatedRevenue, "12345678901234.56");
		assert.deepStrictEqual(opportunity.creator, { initials: "KH" });
		const { createQuote: { quote } } = await ask("mutation ($id: BigInt!) { createQuote(input: {opportunityId: $id, amount: \"500\"}) { quote { id number amount } } }", opportunity);
		assert.strictEqual(quote.amount, "500.00");
		const { convertQuote } = await ask(`mutation ($id: BigInt!) { convertQuote(input: {quoteId: $id, markWon: true}) {
			salesOrder { amount quote { id } opportunity { status actualRevenue } } } }`, quote);
		assert.deepStrictEqual(convertQuote.salesOrder, { amount: "500.00", quote: { id: quote.id }, opportunity: { status: "WON", actualRevenue: "500.00" } });
	});

	const setStatus = `mutation ($ids: [BigInt]!, $status: OpportunityStatus!, $reason: BigInt) {
		setStatus(input: {opportunityIds: $ids, status: $status, lossReasonId: $reason}) { outcomes { opportunityId outcome detail } } }`;
	await test("set_status, both of that name, and undone", async () => {
		const reason = (await ask("{ lossReasons(first: 1) { nodes { id } } }")).lossReasons.nodes[0].id;
		const lost = (await ask(setStatus, { ids: [second, third, foreign], status: "LOST", reason })).setStatus.outcomes;
		assert.deepStrictEqual(lost.map(each => each.outcome), ["changed", "changed", "not found"]);
		assert.strictEqual((await ask("query ($id: BigInt!) { opportunity(id: $id) { lossReason { id } } }", { id: third })).opportunity.lossReason.id, reason);
		const open = (await ask(setStatus, { ids: [second], status: "OPEN" })).setStatus.outcomes;
		assert.deepStrictEqual(open.map(each => each.outcome), ["changed"]);
		const { lastBulkChange } = await ask("{ lastBulkChange }");
		const { undoBulkChange } = await ask("mutation ($batch: BigInt!) { undoBulkChange(input: {batchId: $batch}) { outcomes { outcome } } }", { batch: lastBulkChange });
		assert.deepStrictEqual(undoBulkChange.outcomes, [{ outcome: "changed" }]);
		assert.strictEqual((await refused(setStatus, { ids: [second], status: "WON", reason })).errcode, "22023");
	});
	await test("a mutation that is refused leaves what the next of the request does", async () => {
		const { data, errors } = await send(url, fjord, `mutation ($id: BigInt!) {
			wrong: setStatus(input: {opportunityIds: [$id], status: WON, lossReasonId: "1"}) { outcomes { outcome } }
			refused: closeWon(input: {opportunityId: $id}) { opportunity { id } }
			right: createCompany(input: {company: {name: "Written all the same"}}) { company { name } } }`, { id: third });
		assert.deepStrictEqual(errors.map(each => each.errcode), ["22023", "55000"]);
		assert.strictEqual(data.right.company.name, "Written all the same");
		const { companies } = await ask("{ companies { nodes { name } } }");
		assert.ok(companies.nodes.some(each => each.name === "Written all the same"));
	});

	await test("another organization's is as what does not exist", async () => {
		const nobodys = "999999";
		for (const id of [foreign, nobodys]) {
			const { opportunity, listedOpportunity, funnelStages } = await ask(`query ($id: BigInt!) { opportunity(id: $id) { id } listedOpportunity(id: $id) { id }
				funnelStages(condition: {opportunityId: $id}) { totalCount } }`, { id });
			assert.deepStrictEqual([opportunity, listedOpportunity, funnelStages.totalCount], [null, null, 0]);
			const { message, errcode } = await refused(closeWon, { id });
			assert.deepStrictEqual([message.replace(id, "?"), errcode], ["no such opportunity: ?", "P0002"]);
			assert.match((await refused(rename, { id, subject: "x" })).message, /^No values were updated/);
		}
		assert.match((await refused("mutation { createCompany(input: {company: {name: \"x\", organizationId: 2}}) { company { id } } }")).message,
			/organizationId/, "the organization cannot be typed");
	});
	await test("two organizations in turn over the same connections, without a leak", async () => {
		const query = `{ currentOrganization currentEmployee search(maxRows: 100) { id subject organizationId opportunity { company { name } } }
			employees { nodes { name } } results: pipelineByEmployees { nodes { name opportunities responsible { name opportunities { totalCount } } } } }`;
		const visible = [null, new Set(await idsOf(1)), new Set(await idsOf(2))];
		const check = async organization => {
			const data = await ask(query, {}, organization === 1 ? fjord : fjell);
			assert.strictEqual(data.currentOrganization, String(organization));
			assert.ok(data.search.length >= 5 && data.search.every(each => each.organizationId === String(organization) && visible[organization].has(each.id)));
			assert.deepStrictEqual(data.employees.nodes, [{ name: `Kari ${organization}` }]);
			assert.ok(data.search.some(each => each.opportunity.company) && data.search.every(each =>
				[undefined, `Havneset ${organization}`].includes((each.opportunity.company || {}).name)));
			assert.ok(data.results.nodes.every(each => each.name === null || each.name === `Kari ${organization}` && each.responsible.name === each.name));
		};
		for (let i = 0; i < 10; i++) await Promise.all(Array.from({ length: 30 }, (_, n) => check(1 + (n + i) % 2)));
	});
	await test("an employee of another organization is noticed at the first write", async () => {
		const mixed = tokenOf(1, Number(employees[1].id));
		const error = await refused(rename, { id: third, subject: "x" }, mixed);
		assert.strictEqual(error.errcode, "22023");
	});
	await test("a token that names no organization shows nothing, and cannot write", async () => {
		const nobody = jwt.sign({}, secret);
		const { listedOpportunities } = await ask("{ listedOpportunities { totalCount } }", {}, nobody);
		assert.strictEqual(listedOpportunities.totalCount, 0);
		assert.strictEqual((await refused("mutation { createCompany(input: {company: {name: \"x\"}}) { company { id } } }", {}, nobody)).errcode, "22023");
	});

	await test("ids beyond what JavaScript counts to stay exact, in keys and pages of search", async () => {
		const ids = ["9007199254740993", "9007199254740994", "9007199254740995"];
		await pool.query("SET salesopp.organization_id = '2'");
		for (const id of ids) await pool.query("INSERT INTO salesopp.opportunity (organization_id, id, subject) VALUES (2, $1, $2)", [id, `Number ${id}`]);
		const { opportunity } = await ask("query ($id: BigInt!) { opportunity(id: $id) { id subject } }", { id: ids[0] }, fjell);
		assert.deepStrictEqual(opportunity, { id: ids[0], subject: `Number ${ids[0]}` });
		const page = after => ask("query ($after: BigInt) { search(criteria: {subject: \"number%\"}, sort: \"id\", maxRows: 1, after: $after) { id } }", { after }, fjell);
		assert.deepStrictEqual((await page(ids[0])).search, [{ id: ids[1] }]);
	});

	await test("files are base64", async () => {
		const { exportCsv, exportXlsx, exportPdf } = await ask("{ exportCsv(columns: [\"id\", \"subject\"], sort: \"id\") exportXlsx exportPdf }");
		assert.ok(Buffer.from(exportCsv, "base64").toString().includes("Two heat pumps"));
		assert.strictEqual(Buffer.from(exportXlsx, "base64").subarray(0, 2).toString(), "PK");
		assert.strictEqual(Buffer.from(exportPdf, "base64").subarray(0, 5).toString(), "%PDF-");
	});
	await test("figures: forecast, reports and the feed of changes", async () => {
		const { forecast, pipeline, changesSince, attainment, forecastCurve } = await ask(`{
			forecast(criteria: {status: "open"}, quota: "500000") { p10 p90 chance }
			pipeline(by: "month") { key name openPipeline }
			attainment(period: {start: {value: "2026-01-01", inclusive: true}, end: {value: "2027-01-01", inclusive: false}}) { initials quota chance }
			forecastCurve(points: 3) { amount chanceAtLeast }
			changesSince(maxRows: 3) { cursor kind opportunityId after { status } } }`);
		assert.ok(forecast.chance >= 0 && Number(forecast.p90) >= Number(forecast.p10));
		assert.ok(pipeline.some(each => each.key === "2026-10-01"));
		assert.deepStrictEqual(attainment.filter(each => each.initials).map(each => each.quota), ["1000000.00"]);
		assert.ok(forecastCurve.length > 0 && changesSince.length <= 3);
	});
	await test("the examples of clients.md do what is said there", async () => {
		const examples = [...fs.readFileSync("clients.md", "utf8").matchAll(/^```graphql\n([^]*?)^```/gm)].map(each => each[1]);
		assert.strictEqual(examples.length, 6);
		for (const example of examples) {
			const { opportunity: { version } } = await ask("query ($id: BigInt!) { opportunity(id: $id) { version } }", { id: foreign }, fjell);
			const variables = { id: foreign, version };
			if (example.includes("# refused")) {
				const { message, errcode, hint } = await refused(example, variables, fjell);
				const said = JSON.parse(/^```json\n([^]*?)^```/m.exec(fs.readFileSync("clients.md", "utf8"))[1]).errors[0];
				assert.deepStrictEqual({ message, errcode, hint }, { ...said, message: said.message.replace("1", foreign) });
			} else {
				await ask(example, variables, fjell);
			}
		}
	});
	await test("a role sees what it may: readers have no mutations", async () => {
		const { data } = await send(readersUrl, fjord, "{ __schema { mutationType { name } queryType { fields { name } } } }");
		assert.strictEqual(data.__schema.mutationType, null);
		assert.ok(data.__schema.queryType.fields.some(each => each.name === "search"));
		const sellers = (await ask("{ __schema { mutationType { fields { name } } } }")).__schema.mutationType.fields.map(each => each.name);
		assert.ok(sellers.includes("closeWon") && sellers.includes("createQuote"));
		for (const name of ["correctClosing", "mergeCompanies", "createOrganization", "createSalesProcess"]) assert.ok(!sellers.includes(name), name);
	});
}

main().catch(error => { console.error(error); process.exit(1); });
