// A GraphQL server for salesopp: each request says by its token (a JWT, HS256) for which organization and employee it is.
// It connects as a role that grant_access has given a level, and that may set the two settings, by the PG* variables.
const http = require("http");
const jwt = require("jsonwebtoken");
const { postgraphile } = require("postgraphile");
const { Pool } = require("pg");

const secret = process.env.JWT_SECRET;
if (!secret) throw new Error("JWT_SECRET is what tokens are signed with");

// Whoever has no token is nobody: with no organization, the database shows nothing.
function claims(request) {
	const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization || "") || [];
	try {
		return jwt.verify(token, secret, { algorithms: ["HS256"] });
	} catch (error) {
		throw Object.assign(new Error("A valid token is needed"), { status: 401, statusCode: 401 });
	}
}

const setting = claim => claim == null ? "" : String(claim);

const options = {
	includeExtensionResources: true,
	ignoreRBAC: false,
	dynamicJson: true,
	legacyRelations: "omit",
	extendedErrors: ["errcode", "hint", "detail"],
	appendPlugins: require("./salesopp.js"),
	// ids are keys; a second key, opaque, for everything would make the schema twice as long
	skipPlugins: [require("graphile-build").NodePlugin],
	graphileBuildOptions: { pgStrictFunctions: true },
	pgSettings: request => {
		const { organization_id, employee_id } = claims(request);
		return {
			"salesopp.organization_id": setting(organization_id),
			"salesopp.employee_id": setting(employee_id),
		};
	},
	// queries have customers' names in them
	disableQueryLog: true,
	graphiql: process.env.NODE_ENV === "development",
};

module.exports = options;

if (require.main === module) {
	const pool = new Pool({ max: 10 });
	http.createServer(postgraphile(pool, ["salesopp"], options)).listen(process.env.PORT || 5000, "localhost", function () {
		console.log(`GraphQL at http://localhost:${this.address().port}/graphql`);
	});
}
