/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TinCanJS, which many authoring tools ship; see steps.js. */
"use strict";
const assert = require("node:assert/strict");
const TinCan = require("tincanjs");
const { activityId, agent, attachment, attachmentText, bufferOf, endpoint, key, newId, secret, statement, take,
    verbs } = require("./steps");


const lrs = new TinCan.LRS({ endpoint, username: key, password: secret, allowFail: false });
const sent = statement();
const many = Array.from({ length: 30 }, () => statement());
const person = new TinCan.Agent(agent), activity = new TinCan.Activity({ id: activityId });
const ids = (statements) => statements.map((one) => one.id).sort();

/* Its callbacks: the error is a status or null, the rest what was asked for. */
const ask = (method, ...given) => new Promise((resolve, reject) => {
    const options = given.pop();
    lrs[method](...given, { ...options, callback: (error, result) =>
        error === null ? resolve(result) : reject(Object.assign(new Error(`${method}: ${error}`),
            { status: error, response: { data: result && result.responseText } })) });
});
const askMore = (url) => ask("moreStatements", { url });
const refused = async (promise, status) => {
    const error = await promise.then(() => null, (reason) => reason);
    assert.ok(error, "it was not refused");
    assert.equal(error.status, status);
};
const isNotThere = async (promise) => assert.equal(await promise, null);

const document = (what, where, keep, get, list, drop, seen) => [
    [`${what} is kept, replaced by who has seen it, and removed`, async () => {
        const json = { contentType: "application/json", ...where };
        await ask(keep, "bookmark", { page: 3 }, json);
        const first = await ask(get, "bookmark", where);
        assert.deepEqual(first.contents, { page: 3 });
        await ask(keep, "bookmark", { page: 4 }, { ...json, lastSHA1: first.etag });
        await refused(ask(keep, "bookmark", { page: 5 }, { ...json, lastSHA1: first.etag }), 412);
        assert.deepEqual((await ask(get, "bookmark", where)).contents, { page: 4 });
        assert.deepEqual(await ask(list, where), ["bookmark"]);
        await ask(drop, "bookmark", seen || where);
        await isNotThere(ask(get, "bookmark", where));
    }],
];

take([
    ["about", async () => assert.ok((await ask("about", {})).version.includes("1.0.3"))],
    ["one is sent and read", async () => {
        await ask("saveStatement", new TinCan.Statement(sent), {});
        const found = await ask("retrieveStatement", sent.id, {});
        assert.equal(found.id, sent.id);
        assert.equal(found.actor.account.name, agent.account.name);
        assert.equal(found.result.score.scaled, 0.25);
        assert.ok(found.stored);
    }],
    ["what has no id gets one", async () => {
        const { id, ...rest } = statement();
        const answer = await ask("saveStatements", [new TinCan.Statement(rest, { doStamp: false })], {});
        assert.match(JSON.parse(answer.responseText)[0], /^[0-9a-f-]{36}$/);
        many.push({ id: JSON.parse(answer.responseText)[0] });
    }],
    ["the same id with another content is refused", () =>
        refused(ask("saveStatement", new TinCan.Statement({ ...sent, result: { completion: true } }), {}), 409)],
    ["many are sent and found in pages", async () => {
        await ask("saveStatements", many.filter((one) => one.actor).map((one) => new TinCan.Statement(one)), {});
        const params = { agent: person, verb: new TinCan.Verb({ id: verbs.experienced }), activity, limit: 20 };
        let page = await ask("queryStatements", { params });
        const found = page.statements;
        assert.equal(found.length, 20);
        while (page.more) {
            page = await askMore(page.more);
            found.push(...page.statements);
        }
        assert.deepEqual(ids(found), ids([sent, ...many]));
    }],
    ["one is voided", async () => {
        await ask("saveStatement", new TinCan.Statement({ id: newId(), actor: agent, verb: { id: verbs.voided },
            object: { objectType: "StatementRef", id: sent.id } }), {});
        await refused(ask("retrieveStatement", sent.id, {}), 404);
        assert.equal((await ask("retrieveVoidedStatement", sent.id, {})).id, sent.id);
        assert.deepEqual(ids((await ask("queryStatements", { params: { activity } })).statements.filter(
            (one) => one.verb.id === verbs.experienced)), ids(many));
    }],
    ["an attachment comes back", async () => {
        const one = statement({ attachments: [{ ...attachment(attachmentText), content: bufferOf(attachmentText) }] });
        await ask("saveStatement", new TinCan.Statement(one), {});
        const found = await ask("retrieveStatement", one.id, { params: { attachments: true } });
        assert.equal(found.attachments.length, 1);
        assert.deepEqual(Buffer.from(found.attachments[0].content), attachmentText);
    }],
    ...document("a state", { agent: person, activity }, "saveState", "retrieveState", "retrieveStateIds", "dropState"),
    ...document("a profile of an activity", { activity }, "saveActivityProfile", "retrieveActivityProfile",
        "retrieveActivityProfileIds", "dropActivityProfile"),
    ...document("a profile of an agent", { agent: person }, "saveAgentProfile", "retrieveAgentProfile",
        "retrieveAgentProfileIds", "dropAgentProfile"),
    ["an activity", async () => assert.equal((await ask("retrieveActivity", activityId, {})).id, activityId)],
]);
