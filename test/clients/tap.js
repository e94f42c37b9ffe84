// How tests of clients in JavaScript tell what they found.
let number = 0;

async function test(name, body) {
	number++;
	try {
		await body();
		console.log(`ok ${number} - ${name}`);
	} catch (error) {
		console.log(`not ok ${number} - ${name}\n${String(error.stack).replace(/^/gm, "# ")}`);
	}
}

function done() {
	console.log(`1..${number}`);
}

module.exports = { test, done };
