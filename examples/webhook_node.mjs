// A department's webhook with Node alone: signed requests only, each event once, answered when it is stored.
//
//   WEBHOOK_SECRETS="whsec_... whsec_..." ORDERS=orders.jsonl PORT=8000 node webhook_node.mjs
//
// While a secret is replaced, WEBHOOK_SECRETS holds the old one and the new one. Behind a proxy with TLS. REPLACE marks
// what is the department's own. Signatures: https://www.standardwebhooks.com

import { createHmac, timingSafeEqual } from 'node:crypto'
import { appendFileSync, fsyncSync, ftruncateSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import process from 'node:process'

const MAX_BODY_BYTES = 256 * 1024 // no event is larger
const TOLERANCE_S = 300 // an old request may be a recorded one
const LEAST_KEY_BYTES = 24

const keys = (process.env.WEBHOOK_SECRETS ?? '').split(/\s+/).filter(Boolean).map((secret) => {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  if (!secret.startsWith('whsec_') || key.length < LEAST_KEY_BYTES) throw new Error('WEBHOOK_SECRETS: not a signing secret')
  return key
})
if (!keys.length) throw new Error('WEBHOOK_SECRETS is empty')

// REPLACE: a table of the department's database, webhook-id its primary key. Here each event is one line of a file.
const orders = openSync(process.env.ORDERS, 'a+')
const kept = readFileSync(process.env.ORDERS)
let end = kept.lastIndexOf('\n') + 1
const lines = kept.subarray(0, end).toString().split('\n').filter(Boolean)
const seen = new Set(lines.map((line) => JSON.parse(line).id))

function take (id, event) {
  if (seen.has(id)) return // the same may come again
  const line = Buffer.from(`${JSON.stringify({ id, event })}\n`)
  ftruncateSync(orders, end) // what a crash or a full disk has cut was never acknowledged
  appendFileSync(orders, line)
  fsyncSync(orders)
  end += line.length
  seen.add(id)
}

function whyRefused (headers, body) {
  const [id, timestamp, signatures] = ['id', 'timestamp', 'signature'].map((name) => headers[`webhook-${name}`])
  if (!id || !timestamp || !signatures) return 'a webhook header is missing'
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body])
  const right = keys.map((key) => createHmac('sha256', key).update(signed).digest())
  const given = signatures.split(' ').filter((one) => one.startsWith('v1,')).map((one) => Buffer.from(one.slice(3), 'base64'))
  const same = (one, other) => one.length === other.length && timingSafeEqual(one, other)
  if (!given.some((one) => right.some((other) => same(one, other)))) return 'no signature is right'
  const offS = Math.abs(Date.now() / 1000 - Number(timestamp))
  if (!(offS <= TOLERANCE_S)) return 'the timestamp is too far from the clock here'
}

function parsed (body) {
  try {
    const event = JSON.parse(body)
    return event?.specversion === '1.0' && typeof event.type === 'string' ? event : undefined
  } catch {}
}

function answerTo (headers, body) {
  const why = whyRefused(headers, body)
  if (why) return [401, why]
  const event = parsed(body)
  if (!event) return [400, 'it is no event']
  try {
    take(headers['webhook-id'], event)
  } catch (error) {
    console.error(error)
    return [500, 'it could not be stored'] // any answer but 2xx has it sent again later: nothing is lost
  }
  return [204]
}

const server = createServer((request, response) => {
  const answer = (status, why = '') => response.writeHead(status, { 'content-type': 'text/plain' }).end(why)
  if (request.method !== 'POST' || request.url !== '/events') return answer(404, 'POST /events')
  const parts = []
  let bytes = 0
  request.on('data', (part) => {
    bytes += part.length
    if (bytes <= MAX_BODY_BYTES) parts.push(part)
    else if (!response.headersSent) {
      response.setHeader('connection', 'close')
      answer(413, `an event has at most ${MAX_BODY_BYTES} bytes`)
    }
  })
  request.on('end', () => response.headersSent || answer(...answerTo(request.headers, Buffer.concat(parts))))
})

process.on('SIGTERM', () => server.close())
server.listen(Number(process.env.PORT ?? 8000), process.env.HOST ?? '127.0.0.1')
