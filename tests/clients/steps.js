/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the programs of this folder have in common: node NAME.js ENDPOINT KEY SECRET does one step after the other, prints
 * a line for each that went well, and ends with the first that did not. */
"use strict";
const { randomUUID, createHash } = require("node:crypto");

const [endpoint, key, secret] = process.argv.slice(2);
/* What one run sends, no other run finds. */
const run = randomUUID();

exports.endpoint = endpoint;
exports.key = key;
exports.secret = secret;
exports.newId = randomUUID;
exports.agent = { objectType: "Agent", account: { homePage: "https://lms.example", name: `student ${run}` } };
exports.activityId = `https://lms.example/course/${run}`;
exports.verbs = {
    experienced: "http://adlnet.gov/expapi/verbs/experienced",
    voided: "http://adlnet.gov/expapi/verbs/voided",
};

exports.statement = (more) => ({
    id: randomUUID(),
    actor: exports.agent,
    verb: { id: exports.verbs.experienced, display: { nl: "bekeek", en: "experienced" } },
    object: { objectType: "Activity", id: exports.activityId },
    result: { score: { scaled: 0.25 }, duration: "PT1M30S" },
    ...more,
});

/* TinCanJS sends and reads an attachment as text. */
exports.attachmentText = Buffer.from("één regel\r\n--geen grens");
exports.attachmentBytes = Buffer.from([0, 13, 10, 45, 45, 255, 254, 1, 10, 13]);
exports.bufferOf = (bytes) => new Uint8Array(bytes).buffer;
exports.attachment = (bytes) => ({
    usageType: "https://lms.example/attachment/photo",
    display: { nl: "een foto" },
    contentType: "application/octet-stream",
    length: bytes.length,
    sha2: createHash("sha256").update(bytes).digest("hex"),
});

/* `steps`: [what, async function] ... */
exports.take = async (steps) => {
    for (const [what, step] of steps) {
        try {
            await step();
        } catch (error) {
            const answer = error.response && error.response.data;
            console.error(`FAILED ${what}: ${error.stack}`, answer === undefined ? "" : answer);
            process.exit(1);
        }
        console.log(`ok ${what}`);
    }
};
