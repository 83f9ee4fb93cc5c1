import { Then, When } from '@cucumber/cucumber'
import { Mismatch } from '../support/matchers.ts'
import { mustPress, press } from '../support/page-actions.ts'
import type { LabWorld } from '../support/world.ts'

When(
  'the administrator clicks {string} of {string} on the {host}',
  async function (this: LabWorld, label: string, page: string, host: string) {
    await mustPress(this, host, page, label)
  },
)

Then(
  '{string} of {string} on the {host} is refused: {string}',
  async function (this: LabWorld, label: string, page: string, host: string, says: string) {
    const pressed = await press(this, host, page, label)
    if (pressed.isDone || !pressed.says.includes(says)) throw new Mismatch(`${label} of ${page}`, says, pressed)
    this.showRecord(host, `${label} is refused: ${pressed.says}`)
  },
)
