// Reads an AsyncAPI document from standard input and prints what the official parser finds, as JSON.
"use strict";
const { readFileSync } = require("node:fs");
const { Parser } = require("@asyncapi/parser");

new Parser().validate(readFileSync(0, "utf8")).then((found) => console.log(JSON.stringify(found)));
