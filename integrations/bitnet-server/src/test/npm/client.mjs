// OpenAI's client for JavaScript against a server with the demo model: node client.mjs http://127.0.0.1:8080
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: process.argv[2] + '/v1', apiKey: 'none', maxRetries: 0 });
const question = { model: 'demo', temperature: 0, messages: [{ role: 'user', content: 'What is 27 + 48?' }] };
const answer = '27 + 48 = 75.';
const numbers = { type: 'object', properties: { x: { type: 'integer' }, y: { type: 'integer' } }, required: ['x', 'y'] };
const tools = [{ type: 'function', function: { name: 'add', description: 'Adds.', parameters: numbers } }];

const scenarios = {
    async models() {
        const { data } = await client.models.list();
        assert.equal(data.length, 1);
        assert.equal((await client.models.retrieve(data[0].id)).id, data[0].id);
    },
    async chat() {
        const { choices, usage } = await client.chat.completions.create(question);
        assert.equal(choices[0].message.content, answer);
        assert.equal(choices[0].finish_reason, 'stop');
        assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
    },
    async stream() {
        let text = '';
        let usage = null;
        const options = { ...question, stream: true, stream_options: { include_usage: true } };
        for await (const chunk of await client.chat.completions.create(options)) {
            text += chunk.choices[0]?.delta?.content ?? '';
            usage = chunk.usage ?? usage;
        }
        assert.equal(text, answer);
        assert.ok(usage.completion_tokens > 0);
        const helper = client.chat.completions.stream(question);
        assert.equal(await helper.finalContent(), answer);
    },
    async cancel() {
        const story = { ...question, temperature: 1, messages: [{ role: 'user', content: 'Tell me a long story.' }] };
        const stream = await client.chat.completions.create({ ...story, stream: true });
        for await (const _ of stream) {
            break;
        }
        assert.ok(stream.controller.signal.aborted);
    },
    async tools() {
        const { choices } = await client.chat.completions.create({ ...question, tools, tool_choice: 'required' });
        const call = choices[0].message.tool_calls[0];
        assert.equal(choices[0].finish_reason, 'tool_calls');
        assert.equal(call.function.name, 'add');
        assert.deepEqual(Object.keys(JSON.parse(call.function.arguments)), ['x', 'y']);
        const messages = [
            ...question.messages,
            choices[0].message,
            { role: 'tool', tool_call_id: call.id, content: '75' },
        ];
        const next = await client.chat.completions.create({ ...question, messages, tools });
        assert.ok(next.choices[0].message.content.length > 0);
    },
    async schema() {
        const schema = { type: 'object', properties: { sum: { type: 'integer', minimum: 0 } }, required: ['sum'] };
        const response_format = { type: 'json_schema', json_schema: { name: 'sum', strict: true, schema } };
        const { choices } = await client.chat.completions.create({ ...question, response_format });
        assert.ok(JSON.parse(choices[0].message.content).sum >= 0);
    },
    async completion() {
        const prompt = 'Once upon a time';
        const { choices } = await client.completions.create({ model: 'demo', prompt, max_tokens: 5, temperature: 0 });
        assert.ok(choices[0].text.length > 0);
        assert.equal(choices[0].finish_reason, 'length');
    },
    async embeddings() {
        const { data, usage } = await client.embeddings.create({ model: 'demo', input: ['a fox', 'a lantern'] });
        assert.equal(data.length, 2);
        assert.ok(Math.abs(Math.hypot(...data[0].embedding) - 1) < 1e-3);
        assert.ok(usage.prompt_tokens > 0);
    },
    async errors() {
        await assert.rejects(client.chat.completions.create({ ...question, temperature: 9 }), OpenAI.BadRequestError);
        await assert.rejects(client.chat.completions.create({ ...question, messages: [] }), OpenAI.BadRequestError);
        await assert.rejects(client.models.retrieve('nobody'), OpenAI.NotFoundError);
    },
};

for (const [name, scenario] of Object.entries(scenarios)) {
    try {
        await scenario();
        console.log('ok', name);
    } catch (failure) {
        console.error('FAILED', name, failure);
        process.exitCode = 1;
    }
}
