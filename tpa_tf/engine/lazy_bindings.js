// Loaded into the jsii kernel with --require: lib/index.js of the prebuilt AWS bindings requires some 2,100 files at
// once. Each `exports.x = require("./x")` becomes a getter, so that a file is read when its resource is first used.
"use strict";

// jsii would print a banner for an old release, and go on; whoever started this says which one it is.
if (parseInt(process.versions.node, 10) < 20) process.exit(1);

const Module = require("module");

const INDEX = /[\\/]provider-aws[\\/](?:.*[\\/])?lib[\\/]index\.js$/;
const EXPORT = /^exports\.(\w+) = require\(("\.\/[^"\n]+")\);$/gm;
// TypeScript declares what it exports in advance; that would replace the getters by plain values.
const DECLARATION = /^(?:exports\.\w+ = )+void 0;$/gm;
const GETTER = 'Object.defineProperty(exports, "$1", { enumerable: true, get: () => require($2) });';

const compile = Module.prototype._compile;

Module.prototype._compile = function (content, filename, ...rest) {
  if (INDEX.test(filename)) {
    content = content.replace(DECLARATION, "").replace(EXPORT, GETTER);
  }
  return compile.call(this, content, filename, ...rest);
};
