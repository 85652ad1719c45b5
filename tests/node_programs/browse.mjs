// A real browser opens pages: node browse.mjs NODE_MODULES CHROMIUM STEPS; it prints, after each step, the address, the
// heading, and whether the page is wider than its window. A step is {go: address}, {fill: {selector: text}, press: selector},
// {focus: selector, keys: pressed, the last of which leads on}, or {until: part of the address}; any may set {width}.
import { pathToFileURL } from 'node:url';

const [modules, executablePath, given] = process.argv.slice(2);
const entry = `${modules}/puppeteer-core/lib/esm/puppeteer/puppeteer-core.js`;
const { default: puppeteer } = await import(pathToFileURL(entry));
const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(60000);
  for (const step of JSON.parse(given)) {
    if (step.width) await page.setViewport({ width: step.width, height: 740 });
    if (step.go) await page.goto(step.go);
    for (const [selector, text] of Object.entries(step.fill ?? {})) await page.type(selector, text);
    if (step.press) await Promise.all([page.waitForNavigation(), page.click(step.press)]);
    if (step.focus) await page.focus(step.focus);
    for (const key of step.keys?.slice(0, -1) ?? []) await page.keyboard.press(key);
    if (step.keys) await Promise.all([page.waitForNavigation(), page.keyboard.press(step.keys.at(-1))]);
    if (step.until) await page.waitForFunction((part) => location.href.includes(part), {}, step.until);
    const heading = await page.$eval('h1', (found) => found.textContent).catch(() => '');
    const overflows = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    console.log(JSON.stringify({ url: page.url(), heading, overflows }));
  }
} finally {
  await browser.close();
}
