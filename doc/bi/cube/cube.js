// Cube's configuration: everything that is kept, and every connection, is of one organization, that of the token's claim.
// The role in CUBEJS_DB_USER has been given a level by salesopp.grant_access, and the right to choose:
//     GRANT SET ON PARAMETER salesopp.organization_id TO cube;
const organization = ({ securityContext }) => {
	const id = securityContext && securityContext.organization_id;
	if (!Number.isSafeInteger(id) || id < 1) throw new Error("the token names no organization");
	return id;
};
const nameOf = context => `organization_${organization(context)}`;

module.exports = {
	contextToAppId: nameOf,
	contextToOrchestratorId: nameOf,
	driverFactory: context => ({ type: "postgres", options: `-c salesopp.organization_id=${organization(context)}` }),
};
