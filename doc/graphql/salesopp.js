// Plugins for PostGraphile 4: with these, all of salesopp is in the schema under names that people would choose.
// The server needs the options of server.js beside it.
const path = require("path");
const { makePgSmartTagsPlugin, makeExtendSchemaPlugin, gql } = require("graphile-utils");
const { makePgSmartTagsFromFilePlugin } = require("postgraphile/plugins");
const simplerNames = require("@graphile-contrib/pg-simplify-inflector");

const names = makePgSmartTagsFromFilePlugin(path.join(__dirname, "postgraphile.tags.json5"));

const isOurs = entity => entity.namespaceName === "salesopp";
const bytea = "17";
const isOfType = (procedure, type) => procedure.argTypeIds[0] === type;
const isColumnOfTable = (...columns) => (column, build) =>
	columns.includes(column.name) &&
	build.pgIntrospectionResultsByKind.class.some(table =>
		table.id === column.classId && isOurs(table) && table.classKind === "r" && table.name !== "organization");

// Who made a row and who changed it last; no table has other columns for that.
const people = { created_by: "creator", changed_by: "changer" };
const hasExactly = columns => (table, build) =>
	isOurs(table) && table.classKind === "r" && Object.keys(people).every(column => columns.includes(column) ===
		build.pgIntrospectionResultsByKind.attribute.some(each => each.classId === table.id && each.name === column));
const peopleOfRows = [["created_by", "changed_by"], ["created_by"], ["changed_by"]].map(columns => ({
	kind: "class", match: hasExactly(columns),
	tags: { foreignKey: columns.map(each => `(${each}) references salesopp.employee (id)|@fieldName ${people[each]}|@omit many`) },
}));

// What holds for all tables and functions alike
const everywhere = makePgSmartTagsPlugin([
	// the request's: given by default, and the same in all rows
	{ kind: "attribute", match: isColumnOfTable("organization_id"), tags: { omit: "create,update,filter,order" } },
	// never change, or only triggers write them
	{ kind: "attribute", match: isColumnOfTable("id", "created_at", "created_by", "changed_at", "changed_by", "stage_reached"),
		tags: { omit: "update" } },
	// filled in by triggers where they are not given
	{ kind: "attribute", match: isColumnOfTable("created_at", "changed_at"), tags: { hasDefault: true } },
	{ kind: "attribute", match: isColumnOfTable("version", "closed_at", "stage_position"), tags: { omit: "create,update" } },
	...peopleOfRows,
	// Of aggregates their states are bytea, and internal is what only the planner passes.
	{ kind: "procedure", match: each => isOurs(each) && (isOfType(each, bytea) || isOfType(each, "2281")),
		tags: { omit: true, reason: "a step of an aggregate, or asked by the planner" } },
	// Lists, not connections, whose arguments "after" and "before" those of functions would collide with
	{ kind: "procedure", match: each => isOurs(each) && each.returnsSet, tags: { simpleCollections: "only", listSuffix: "omit" } },
]);

// Every key begins with the organization, which row security has chosen already: what is left is the key that a request
// has to know, and what relations and fields are called by.
function keysWithinTheOrganization(builder) {
	builder.hook("build", build => {
		const augment = build.pgAugmentIntrospectionResults;
		build.pgAugmentIntrospectionResults = found => {
			const all = augment ? augment(found) : found;
			for (const key of all.constraint) {
				const table = all.classById[key.classId];
				const first = table && all.attribute.find(each => each.classId === table.id && each.num === key.keyAttributeNums[0]);
				if (table && isOurs(table) && key.keyAttributeNums.length > 1 && first.name === "organization_id") {
					key.keyAttributeNums = key.keyAttributeNums.slice(1);
					key.foreignKeyAttributeNums = key.foreignKeyAttributeNums && key.foreignKeyAttributeNums.slice(1);
					// the index on it begins with the organization, too
					key.isIndexed = true;
				}
			}
			return all;
		};
		return build;
	}, [], ["PgIntrospection"], ["PgBasics"]);
}

// Files are bytea: base64, as JSON has nothing better.
function files(builder) {
	builder.hook("build", build => {
		const { pgSql: sql, graphql: { GraphQLScalarType } } = build;
		const File = new GraphQLScalarType({
			name: "Base64File",
			description: "The bytes of a file, in base64",
			serialize: value => value,
			parseValue: value => value,
			parseLiteral: node => node.value,
		});
		build.pgRegisterGqlTypeByTypeId(bytea, () => File);
		build.pgRegisterGqlInputTypeByTypeId(bytea, () => File);
		build.pg2GqlMapper[bytea] = {
			map: value => Buffer.from(value.slice("\\x".length), "hex").toString("base64"),
			unmap: value => sql.fragment`decode(${sql.value(value)}, 'base64')`,
		};
		return build;
	}, [], [], ["PgTypes"]);
}

// Functions that read and whose first argument is an opportunity's id are also fields of the opportunity, as a function of
// its row would be. (Those that write are mutations.)
function fieldsOfAnOpportunity(builder) {
	const rows = ["opportunity", "opportunity_list", "opportunity_card"];
	builder.hook("GraphQLObjectType:fields", (fields, build, context) => {
		const { pgSql: sql, pgIntrospectionResultsByKind: found, pgMakeProcField, pgOmit, inflection } = build;
		const { scope: { isPgRowType, pgIntrospection: row }, fieldWithHooks } = context;
		if (!isPgRowType || !isOurs(row) || !rows.includes(row.name)) return fields;

		// What is passed is the id where PostGraphile would pass the row.
		const passingTheId = query => Object.create(query, {
			getTableAlias: { value: () => sql.fragment`${query.getTableAlias()}.id` },
		});
		const withTheId = (name, makeField, ...rest) => fieldWithHooks(name, hooks => makeField({
			...hooks,
			addDataGenerator: generate => hooks.addDataGenerator((...given) => {
				const { pgQuery } = generate(...given);
				return { pgQuery: query => pgQuery(passingTheId(query)) };
			}),
		}), ...rest);

		const ofOne = found.procedure.filter(each => isOurs(each) && each.isStable && each.aclExecutable &&
			each.argNames[0] === "opportunity_id" && (each.argModes[0] || "i") === "i" && !pgOmit(each, "execute"));
		return ofOne.reduce((all, each) => {
			const name = each.returnsSet ? inflection.functionQueryNameList(each) : inflection.functionQueryName(each);
			return build.extend(all, { [name]: pgMakeProcField(name, each, build,
				{ fieldWithHooks: withTheId, computed: true, forceList: each.returnsSet }) });
		}, fields);
	});
}

// PostGraphile leaves out functions of which there are two with one name: set_status, with a reason for losses and without.
const setStatus = makeExtendSchemaPlugin(build => {
	const mayChangeMany = build.pgIntrospectionResultsByKind.procedure.some(each =>
		isOurs(each) && each.name === "delete_opportunities" && each.aclExecutable);
	return mayChangeMany ? mutationSetStatus : { typeDefs: [] };
});

const mutationSetStatus = {
	typeDefs: gql`
		"""What has become of one of many opportunities"""
		type SetStatusOutcome {
			opportunityId: BigInt
			"""changed, unchanged, not found or refused"""
			outcome: String
			"""Why, where it is not changed"""
			detail: String
		}
		input SetStatusInput {
			clientMutationId: String
			opportunityIds: [BigInt]!
			status: OpportunityStatus!
			"""Only with the status LOST"""
			lossReasonId: BigInt
			note: String
		}
		type SetStatusPayload {
			clientMutationId: String
			outcomes: [SetStatusOutcome!]!
			query: Query
		}
		extend type Mutation {
			"""Closes or reopens many opportunities; each gets its outcome"""
			setStatus(input: SetStatusInput!): SetStatusPayload
		}
	`,
	resolvers: {
		Mutation: {
			async setStatus(_mutation, { input }, { pgClient }) {
				const reason = input.lossReasonId == null ? [] : [input.lossReasonId];
				const outcomes = await inSavepoint(pgClient, () => pgClient.query(
					`SELECT opportunity_id AS "opportunityId", outcome, detail
					FROM salesopp.set_status($1, $2, ${reason.map(() => "loss_reason_id => $4,")} note => $3)`,
					[input.opportunityIds, input.status, input.note, ...reason]));
				return { clientMutationId: input.clientMutationId, outcomes: outcomes.rows, query: {} };
			},
		},
	},
};

// As PostGraphile's own mutations: one that is refused leaves what the others of the request have done.
async function inSavepoint(client, change) {
	await client.query("SAVEPOINT graphql_mutation");
	try {
		const result = await change();
		await client.query("RELEASE SAVEPOINT graphql_mutation");
		return result;
	} catch (error) {
		await client.query("ROLLBACK TO SAVEPOINT graphql_mutation");
		throw error;
	}
}

module.exports = [simplerNames, names, everywhere, keysWithinTheOrganization, files, fieldsOfAnOpportunity, setStatus];
