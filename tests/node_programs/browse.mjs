// A real browser opens pages: node browse.mjs NODE_MODULES CHROMIUM STEPS; it prints the address after each step.
// A step is {go: address}, {fill: {selector: text}, press: selector}, or {until: part of the address}.
import { pathToFileURL } from 'node:url';

const [modules, executablePath, given] = process.argv.slice(2);
const entry = `${modules}/puppeteer-core/lib/esm/puppeteer/puppeteer-core.js`;
const { default: puppeteer } = await import(pathToFileURL(entry));
const browser = await puppeteer.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(60000);
  for (const step of JSON.parse(given)) {
    if (step.go) await page.goto(step.go);
    for (const [selector, text] of Object.entries(step.fill ?? {})) await page.type(selector, text);
    if (step.press) await Promise.all([page.waitForNavigation(), page.click(step.press)]);
    if (step.until) await page.waitForFunction((part) => location.href.includes(part), {}, step.until);
    const heading = await page.$eval('h1', (found) => found.textContent).catch(() => '');
    console.log(JSON.stringify({ url: page.url(), heading }));
  }
} finally {
  await browser.close();
}
