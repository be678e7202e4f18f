/* SPDX-License-Identifier: GPL-3.0-or-later */
/* @xapi/xapi, as its README says it is used; see steps.js. */
"use strict";
const assert = require("node:assert/strict");
const XAPI = require("@xapi/xapi");
const { activityId, agent, attachment, attachmentBytes, bufferOf, endpoint, key, newId, secret, statement,
    take, verbs } = require("./steps");

const version = process.argv[5];
const lrs = new XAPI({ endpoint, auth: XAPI.toBasicAuth(key, secret), version });
/* Through axios on node it sends attachments as application/octet-stream, without their boundary. */
const byFetch = new XAPI({ endpoint, auth: XAPI.toBasicAuth(key, secret), version, adapter: "fetch" });
/* And of one that it reads it gives the last line. */
const line = Buffer.from("één regel");
const sent = statement();
const many = Array.from({ length: 30 }, () => statement());
const ids = (statements) => statements.map((one) => one.id).sort();

const refused = async (promise, status) => {
    const error = await promise.then(() => null, (reason) => reason);
    assert.ok(error, "it was not refused");
    assert.equal(error.response ? error.response.status : error.status, status);
};

const document = (resource, where) => [
    [`${resource} is kept`, async () => {
        await lrs[`create${resource}`]({ ...where, [name(resource)]: { page: 3 } });
        await lrs[`create${resource}`]({ ...where, [name(resource)]: { mark: 7.5 } });
        assert.deepEqual((await lrs[`get${resource}`](where)).data, { page: 3, mark: 7.5 });
    }],
    [`${resource} is replaced by who has seen it`, async () => {
        const { etag } = (await lrs[`get${resource}`](where)).headers;
        const replace = (value, of) => lrs[`set${resource}`](
            { ...where, [name(resource)]: { page: value }, etag: of, matchHeader: "If-Match" });
        await replace(4, etag);
        await refused(replace(5, etag), 412);
        assert.deepEqual((await lrs[`get${resource}`](where)).data, { page: 4 });
    }],
    [`${resource} is listed and removed`, async () => {
        assert.deepEqual((await lrs[`get${resource}s`](where)).data, [where.stateId || where.profileId]);
        await lrs[`delete${resource}`](where);
        await refused(lrs[`get${resource}`](where), 404);
        assert.deepEqual((await lrs[`get${resource}s`](where)).data, []);
    }],
];
const name = (resource) => (resource === "State" ? "state" : "profile");

take([
    ["about", async () => assert.ok((await lrs.getAbout()).data.version.includes(version))],
    ["one is sent and read", async () => {
        assert.deepEqual((await lrs.sendStatement({ statement: sent })).data, [sent.id]);
        const found = (await lrs.getStatement({ statementId: sent.id })).data;
        for (const part of Object.keys(sent))
            assert.deepEqual(found[part], sent[part]);
        assert.ok(found.stored && found.timestamp && found.authority);
    }],
    ["the same again is the same, another is refused", async () => {
        await lrs.sendStatement({ statement: sent });
        await refused(lrs.sendStatement({ statement: { ...sent, result: { completion: true } } }), 409);
    }],
    ["what is no statement is refused", () => refused(lrs.sendStatement({ statement: { ...sent, verb: {} } }), 400)],
    ["many are sent and found in pages", async () => {
        await lrs.sendStatements({ statements: many });
        let page = (await lrs.getStatements({ agent, verb: verbs.experienced, activity: activityId, limit: 20 })).data;
        const found = page.statements;
        assert.equal(found.length, 20);
        while (page.more) {
            page = (await lrs.getMoreStatements({ more: page.more })).data;
            found.push(...page.statements);
        }
        assert.deepEqual(ids(found), ids([sent, ...many]));
    }],
    ["nobody else's are found", async () => {
        const other = { objectType: "Agent", account: { homePage: "https://lms.example", name: newId() } };
        assert.deepEqual((await lrs.getStatements({ agent: other })).data.statements, []);
    }],
    ["one is voided", async () => {
        await lrs.voidStatement({ actor: agent, statementId: sent.id });
        await refused(lrs.getStatement({ statementId: sent.id }), 404);
        assert.equal((await lrs.getVoidedStatement({ voidedStatementId: sent.id })).data.id, sent.id);
        const [voids] = (await lrs.getStatements({ agent, verb: verbs.voided })).data.statements;
        assert.equal(voids.object.id, sent.id);
        /* What speaks of a statement is found by what finds that (Communication 2.1.3). */
        const found = (await lrs.getStatements({ agent, verb: verbs.experienced })).data.statements;
        assert.deepEqual(ids(found), ids([voids, ...many]));
    }],
    ["an attachment comes back", async () => {
        const one = statement({ attachments: [attachment(line)] });
        await byFetch.sendStatement({ statement: one, attachments: [bufferOf(line)] });
        const [found, ...texts] = (await byFetch.getStatement({ statementId: one.id, attachments: true })).data;
        assert.deepEqual(found.attachments, one.attachments);
        assert.deepEqual(texts, [line.toString()]);
    }],
    ["bytes come back byte for byte", async () => {
        const one = statement({ attachments: [attachment(attachmentBytes)] });
        await byFetch.sendStatement({ statement: one, attachments: [bufferOf(attachmentBytes)] });
        const answer = await fetch(`${endpoint}statements?attachments=true&statementId=${one.id}`,
            { headers: { Authorization: XAPI.toBasicAuth(key, secret), "X-Experience-API-Version": version } });
        assert.ok(Buffer.from(await answer.arrayBuffer()).includes(attachmentBytes));
    }],
    ...document("State", { agent, activityId, stateId: "bookmark" }),
    ...document("ActivityProfile", { activityId, profileId: "edition" }),
    ...document("AgentProfile", { agent, profileId: "language" }),
    ["all states are removed", async () => {
        for (const stateId of ["a", "b"])
            await lrs.setState({ agent, activityId, stateId, state: "text", contentType: "text/plain" });
        assert.deepEqual((await lrs.getStates({ agent, activityId })).data, ["a", "b"]);
        await lrs.deleteStates({ agent, activityId });
        assert.deepEqual((await lrs.getStates({ agent, activityId })).data, []);
    }],
    ["an activity and a person", async () => {
        assert.equal((await lrs.getActivity({ activityId })).data.id, activityId);
        const person = (await lrs.getAgent({ agent })).data;
        assert.equal(person.objectType, "Person");
        assert.deepEqual(person.account, [agent.account]);
    }],
]);
