import { Validator } from "@seriousme/openapi-schema-validator";
import { makeLayer } from "./layer.mjs";

let count = 0;
function is(got, expected, what) {
	const same = JSON.stringify(got) === JSON.stringify(expected);
	console.log(`${same ? "ok" : "not ok"} ${++count} - ${what}`);
	if (!same) console.log(`# got ${JSON.stringify(got)}\n# expected ${JSON.stringify(expected)}`);
}

const reader = await makeLayer("client_openapi_reader");
const seller = await makeLayer("client_openapi_seller");

for (const [who, layer] of [["a reader", reader], ["a seller", seller]]) {
	const validator = new Validator();
	const { valid, errors } = await validator.validate(structuredClone(layer.definition));
	is([valid, validator.version, errors], [true, "3.1", undefined], `the document of ${who} is valid`);
}
is([reader, seller].map(({ definition }) => "/rpc/close_won" in definition.paths), [false, true], "who may close finds it in the document");

// all that can be asked without saying more gives what the document says
const wrong = [];
let asked = 0;
for (const [path, operations] of Object.entries(reader.definition.paths)) {
	const call = operations.post?.requestBody.content["application/json"].schema;
	if (call && (call.anyOf ?? [call]).every((each) => each.required.length > 0)) continue;
	const answer = await reader.ask(call ? "post" : "get", path, call ? {} : undefined);
	asked++;
	// these take no organization's rows, or say what is missing
	if (answer.problems || (answer.status >= 300 && answer.body.code !== "22023")) wrong.push([path, answer.status, answer.problems?.[0] ?? answer.body]);
}
is(wrong, [], `calls without arguments and relations answer as the document says`);
is(asked > 60, true, "and they are many");

// what they are used for
const found = await reader.ask("post", "/rpc/search", { criteria: { subject: "deal 1%" }, sort: "id", max_rows: 5 });
is([found.status, found.problems, found.body.length, found.body.every((row) => row.subject.endsWith("of 1"))], [200, null, 5, true], "search finds the own organization's");
const summary = await reader.ask("post", "/rpc/summary", { criteria: { status: ["open"] } });
is([summary.status, summary.problems, summary.body.length], [200, null, 4], "summary has four rows");
const picture = await reader.ask("post", "/rpc/pipeline_svg", {});
is([picture.status, picture.problems, picture.body.startsWith("<svg")], [200, null, true], "a picture is a text");

const open = (await seller.ask("post", "/rpc/search", { criteria: { status: ["open"] }, sort: "id" })).body[0].id;
const closed = await seller.ask("post", "/rpc/close_won", { opportunity_id: open, actual_revenue: 1234.5, close_date: "2026-05-01" });
is([closed.status, closed.problems, closed.body.status, closed.body.actual_revenue], [200, null, "won", 1234.5], "an opportunity is closed, and comes back as a row");
const refused = await seller.ask("post", "/rpc/close_won", { opportunity_id: open });
is([refused.problems, refused.body.code, refused.body.message, refused.body.hint.length > 10], [null, "55000", `opportunity ${open} is closed (won)`, true], "closing it again is refused, with what to do");
const reopened = await seller.ask("post", "/rpc/reopen", { opportunity_id: open });
is([reopened.status, reopened.body.status], [200, "open"], "it is reopened");
const several = await seller.ask("post", "/rpc/set_status", { opportunity_ids: [open, 999999], status: "lost", note: "all of them" });
is([several.status, several.problems, several.body.map((row) => row.outcome)], [200, null, ["changed", "not found"]], "one way to call a function of two");
const reasons = (await seller.ask("get", "/loss_reason")).body;
await seller.ask("post", "/rpc/set_status", { opportunity_ids: [open], status: "open" });
const withReason = await seller.ask("post", "/rpc/set_status", { opportunity_ids: [open], status: "lost", loss_reason_id: reasons[0].id });
is([withReason.status, withReason.problems, withReason.body.map((row) => row.outcome)], [200, null, ["changed"]], "and the other");

// what does not fit is refused before it is called
for (const [what, body] of [["an argument that there is not", { opportunity_id: open, revenue: 1 }], ["a text for an id", { opportunity_id: "one" }], ["no id", {}], ["no day", { opportunity_id: open, close_date: "1. mai" }]])
	is((await seller.ask("post", "/rpc/close_won", body)).status, 400, `${what} is refused`);
is((await reader.ask("post", "/rpc/close_won", { opportunity_id: open })).status, 404, "a reader has no such path");

await Promise.all([reader.end(), seller.end()]);
console.log(`1..${count}`);
