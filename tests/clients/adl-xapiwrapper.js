/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ADL's wrapper for node, which asks for version 1.0.1; it knows no voiding and no attachments. See steps.js. */
"use strict";
const assert = require("node:assert/strict");
const { promisify } = require("node:util");
const wrapper = require("adl-xapiwrapper");
const { activityId, agent, endpoint, key, secret, statement, take, verbs } = require("./steps");

const lrs = new wrapper.XAPIWrapper({ url: endpoint, auth: { user: key, pass: secret } });
const many = Array.from({ length: 30 }, () => statement());
const ids = (statements) => statements.map((one) => one.id).sort();

const ask = async (status, method, ...given) => {
    const answer = await promisify(lrs[method].bind(lrs))(...given);
    assert.equal(answer.statusCode, status, answer.body);
    return answer;
};
const askJson = async (...given) => JSON.parse((await ask(200, ...given)).body);

const document = (what, send, get, where, key = where.concat("bookmark")) => [
    [`${what} is kept and put together`, async () => {
        await ask(204, send, ...key, ...(what === "a state" ? [null] : []), { page: 3 }, null, "*");
        const kept = await ask(200, get, ...key, ...(what === "a state" ? [null] : []), null);
        assert.deepEqual(JSON.parse(kept.body), { page: 3 });
        await ask(204, send, ...key, ...(what === "a state" ? [null] : []), { mark: 1 }, kept.headers.etag, null);
        assert.deepEqual(await askJson(get, ...key, ...(what === "a state" ? [null] : []), null), { page: 3, mark: 1 });
        await ask(412, send, ...key, ...(what === "a state" ? [null] : []), { mark: 2 }, kept.headers.etag, null);
        assert.deepEqual(await askJson(get, ...where, null, ...(what === "a state" ? [null] : []), null), ["bookmark"]);
    }],
];

take([
    ["the configuration is found to be right", () =>
        new Promise((resolve, reject) => lrs.testConfig((is) => is ? resolve() : reject(new Error("it is not")))) ],
    ["one is sent", async () => assert.deepEqual(await askJson("sendStatements", many[0]), [many[0].id])],
    ["many are sent and found in pages", async () => {
        assert.deepEqual(await askJson("sendStatements", many), many.map((one) => one.id));
        let page = await askJson("getStatements",
            { agent: JSON.stringify(agent), verb: verbs.experienced, activity: activityId, limit: 20 }, null);
        const found = page.statements;
        assert.equal(found.length, 20);
        while (page.more) {
            page = await askJson("getStatements", null, page.more);
            found.push(...page.statements);
        }
        assert.deepEqual(ids(found), ids(many));
    }],
    ["who has another secret is refused", async () => {
        const other = new wrapper.XAPIWrapper({ url: endpoint, auth: { user: key, pass: `${secret}?` } });
        const answer = await promisify(other.sendStatements.bind(other))(statement());
        assert.equal(answer.statusCode, 401);
    }],
    ...document("a state", "sendState", "getState", [activityId, agent]),
    ...document("a profile of an activity", "sendActivityProfile", "getActivityProfile", [activityId]),
    ...document("a profile of an agent", "sendAgentProfile", "getAgentProfile", [agent]),
    ["an activity and a person", async () => {
        assert.equal((await askJson("getActivities", activityId)).id, activityId);
        assert.deepEqual((await askJson("getAgents", agent)).account, [agent.account]);
    }],
]);
