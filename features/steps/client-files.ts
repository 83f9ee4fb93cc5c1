import { Then } from '@cucumber/cucumber'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { TimelineMessage } from '#lab/evidence/timeline.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import type { LabWorld } from '../support/world.ts'

/** A Windows path of the guide; the user's profile folder is the client's own folder of the lab. */
async function pathOf(world: LabWorld, user: string, windowsPath: string): Promise<string> {
  const { data } = (await world.user(user)).specification
  return join(data, ...windowsPath.replace('C:\\Users\\<UserID>\\', '').split('\\'))
}

async function contentOf(world: LabWorld, user: string, windowsPath: string): Promise<string> {
  const path = await pathOf(world, user, windowsPath)
  if (!existsSync(path)) throw new Mismatch(`files of ${user}`, windowsPath, 'no such file')
  return readFileSync(path, 'utf8')
}

Then(
  'the PC of {user} has {string} with {string}',
  async function (this: LabWorld, user: string, path: string, text: string) {
    const content = await contentOf(this, user, path)
    const line = content.split('\n').find((each) => each.includes(text))
    if (line === undefined) throw new Mismatch(path, text, content)
    this.showRecord(user, `${path}: ${line}`)
  },
)

Then('the PC of {user} has an empty {string}', async function (this: LabWorld, user: string, path: string) {
  const content = await contentOf(this, user, path)
  if (content !== '') throw new Mismatch(path, 'empty', content)
  this.showRecord(user, `${path} is empty`)
})

Then(
  'the PC of {user} has {string} as the {host} sent it',
  async function (this: LabWorld, user: string, path: string, host: string) {
    const content = await contentOf(this, user, path)
    const name = basename(path.replaceAll('\\', '/'))
    const isQuestion = (message: TimelineMessage) => message.to === host && message.summary === `GET /${name}`
    const { connection, number } = await seen(this, `a request for ${name} at ${host}`, isQuestion)
    const isAnswer = (message: TimelineMessage) =>
      message.from === host && message.connection === connection && message.number > number
    const { bytes } = await seen(this, `the answer of ${host}`, isAnswer)
    const sent = bytes.toString('utf8').split('\r\n\r\n')[1]
    if (content !== sent) throw new Mismatch(path, sent, content)
    this.showRecord(user, `${path}: ${content.length} characters`)
  },
)

Then('{user} has no file {string}', async function (this: LabWorld, user: string, path: string) {
  if (existsSync(await pathOf(this, user, path))) throw new Mismatch(`files of ${user}`, 'no such file', path)
  this.showRecord(user, `there is no ${path}`)
})
