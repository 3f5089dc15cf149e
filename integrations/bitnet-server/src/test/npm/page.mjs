// The chat page in Debian's Chromium: node page.mjs http://127.0.0.1:8080 screenshot.png
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const [, , address, screenshot] = process.argv;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
const elsewhere = [];
const errors = [];
page.on('request', request => request.url().startsWith(address) || elsewhere.push(request.url()));
page.on('pageerror', error => errors.push(String(error)));
try {
    await page.goto(address + '/');
    await page.waitForFunction(() => !document.querySelector('#model').textContent.includes('loading'));
    const model = await page.textContent('#model');
    assert.match(model, /cpu/i, 'the model and its device are shown');

    await page.click('summary');
    await page.fill('#temperature', '0');
    await page.fill('#text', 'What is 27 + 48?');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('#messages').textContent.includes('27 + 48 = 75.'));
    await page.waitForSelector('#stop:disabled');

    await page.fill('#text', 'Tell me a story about a fox named Mila who loses a lantern.');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#stop:enabled');
    await page.click('#stop');
    await page.waitForSelector('#stop:disabled');
    assert.equal(await page.locator('#messages > li').count(), 4, 'two questions and two answers');
    await page.screenshot({ path: screenshot });

    await page.emulateMedia({ colorScheme: 'dark' });
    const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.notEqual(dark, 'rgb(255, 255, 255)');
    await page.screenshot({ path: screenshot.replace('.png', '-dark.png') });

    await page.fill('#text', 'Tell me a story about a fox named Mila who loses a lantern.');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#stop:enabled');
    await page.waitForFunction(() => document.querySelector('#messages > li:last-child span').textContent !== '');
    await page.click('#new');
    await page.waitForSelector('#stop:disabled');
    assert.equal(await page.locator('#messages > li').count(), 0);
    await page.fill('#text', 'What is 27 + 48?');
    const [request] = await Promise.all([
        page.waitForRequest(sent => sent.url().endsWith('/v1/chat/completions')),
        page.keyboard.press('Enter'),
    ]);
    assert.equal(request.postDataJSON().messages.length, 1, 'a new conversation has nothing of the one before');
    await page.waitForFunction(() => document.querySelector('#messages').textContent.includes('27 + 48 = 75.'));
    await page.waitForSelector('#stop:disabled');

    await page.fill('#text', 'Tell me a story about a fox named Mila who loses a lantern.');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#stop:enabled');
    await page.keyboard.press('Escape');
    await page.waitForSelector('#stop:disabled');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'send', 'Tab goes from the text to the buttons');
    const unnamed = await page.evaluate(() => [...document.querySelectorAll('button, input, textarea')]
        .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.[0]?.textContent.trim()))
        .map(e => e.id));
    assert.deepEqual(unnamed, [], 'each control has a name for a screen reader');
    assert.deepEqual(elsewhere, [], 'nothing is loaded from elsewhere');
    assert.deepEqual(errors, []);
    console.log('ok page:', model);
} finally {
    await browser.close();
}
