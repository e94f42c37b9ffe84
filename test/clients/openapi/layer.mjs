// Calls and reads by an OpenAPI document alone, as one role: POST /rpc/name and GET /name.
import addFormats from "ajv-formats";
import { OpenAPIBackend } from "openapi-backend";
import pg from "pg";

const quoted = (name) => pg.escapeIdentifier(name);

function formats(value, found = new Set()) {
	if (value && typeof value === "object") {
		if (typeof value.format === "string") found.add(value.format);
		Object.values(value).forEach((part) => formats(part, found));
	}
	return found;
}

// What is anything in JSON is passed as JSON, and what is an array as one of PostgreSQL.
const argument = (schema, value) => (schema.type === undefined && value !== null ? JSON.stringify(value) : value);

export async function makeLayer(user) {
	const pool = new pg.Pool({ user });
	const definition = (await pool.query("SELECT salesopp.openapi() AS document")).rows[0].document;
	const api = new OpenAPIBackend({
		definition: structuredClone(definition), quick: true, ajvOpts: { strict: false, validateFormats: true },
		customizeAjv: (ajv) => {
			addFormats(ajv);
			for (const name of formats(definition)) if (!(name in ajv.formats)) ajv.addFormat(name, true);
			return ajv;
		},
	});

	async function call(name, operation, body) {
		const request = operation.requestBody.content["application/json"].schema;
		const properties = Object.assign({}, ...(request.anyOf ?? [request]).map((each) => each.properties));
		const names = Object.keys(body);
		const values = names.map((each) => argument(properties[each], body[each]));
		const from = `salesopp.${quoted(name)}(${names.map((each, i) => `${quoted(each)} => $${i + 1}`).join(", ")}) f`;
		// a set is an array that is always there, a value that is one may be null
		const isSet = operation.responses["200"]?.content["application/json"].schema.type === "array";
		return (await pool.query(isSet ? `SELECT COALESCE(jsonb_agg(to_jsonb(f)), '[]') AS result FROM ${from}` : `SELECT to_jsonb(f) AS result FROM ${from}`, values)).rows[0].result;
	}

	async function read(name) {
		return (await pool.query(`SELECT COALESCE(jsonb_agg(to_jsonb(t)), '[]') AS result FROM (SELECT * FROM salesopp.${quoted(name)} LIMIT 200) t`)).rows[0].result;
	}

	api.register({
		notFound: () => ({ status: 404 }),
		validationFail: (c) => ({ status: 400, body: c.validation.errors }),
		notImplemented: async (c) => {
			const { operation } = c;
			try {
				const body = operation.path.startsWith("/rpc/") ? await call(operation.operationId, operation, c.request.requestBody ?? {}) : await read(operation.path.slice(1));
				const status = operation.responses["200"] ? 200 : 204;
				return { status, body, problems: status === 200 ? c.api.validateResponse(body, operation, 200).errors : null };
			} catch (error) {
				if (!(error instanceof pg.DatabaseError)) throw error;
				const body = { code: error.code, message: error.message, details: error.detail ?? null, hint: error.hint ?? null };
				return { status: 409, body, problems: c.api.validateResponse(body, operation, 409).errors };
			}
		},
	});
	await api.init();
	const ask = (method, path, body) => api.handleRequest({ method, path, body, headers: { "content-type": "application/json" } });
	return { definition, ask, end: () => pool.end() };
}
