import { Given, Then, When } from '@cucumber/cucumber'
import type { SignInResult } from '#lab/endpoint.ts'
import { Mismatch, seen } from '../support/matchers.ts'
import { statusOf } from '../support/refusals.ts'
import type { Status } from '../support/vocabulary.ts'
import type { LabWorld } from '../support/world.ts'

async function signIn(world: LabWorld, user: string, password?: string): Promise<SignInResult> {
  const endpoint = await world.user(user)
  const result = await endpoint.signIn(password === undefined ? {} : { password })
  world.memory.set(`sign-in of ${user}`, result)
  return result
}

async function mustSignIn(world: LabWorld, user: string): Promise<void> {
  const { error, state } = await signIn(world, user)
  if (error !== undefined) throw new Mismatch(`${user} signs in`, 'signed in', `${state}: ${error.says}`)
}

Given('{user} is signed in', async function (this: LabWorld, user: string) {
  await mustSignIn(this, user)
})

Given('{user} and {user} are signed in', async function (this: LabWorld, first: string, second: string) {
  await Promise.all([mustSignIn(this, first), mustSignIn(this, second)])
})

When('{user} signs in', async function (this: LabWorld, user: string) {
  await signIn(this, user)
})

When('{user} signs in with the wrong password', async function (this: LabWorld, user: string) {
  await signIn(this, user, 'not-the-password')
})

When('{user} signs out', async function (this: LabWorld, user: string) {
  await (await this.user(user)).call('signOut')
})

Then('the sign-in of {user} succeeds', function (this: LabWorld, user: string) {
  const { error, state, stages } = this.recall<SignInResult>(`sign-in of ${user}`)
  if (error !== undefined) throw new Mismatch(`the sign-in of ${user}`, 'succeeds', `${state}: ${error.says}`)
  this.showRecord(user, `signed in: ${stages.map(({ name, outcome }) => `${name} ${outcome}`).join(', ')}`)
})

Then('the sign-in of {user} fails with {string}', function (this: LabWorld, user: string, token: string) {
  const { error, state } = this.recall<SignInResult>(`sign-in of ${user}`)
  if (error?.token !== token) throw new Mismatch(`the sign-in of ${user}`, token, error?.token ?? state)
  this.showRecord(user, `${error.token}: ${error.says}`)
})

Then('{user} receives {status}', async function (this: LabWorld, user: string, { status, reason }: Status) {
  const fits = (to: string, found: number | undefined) => to === user && found === status
  this.expectRefusal((message) => fits(message.to, statusOf(message)))
  const message = await seen(this, `${status} ${reason} at ${user}`, (candidate) =>
    fits(candidate.to, statusOf(candidate)),
  )
  if (!message.summary.includes(reason)) throw new Mismatch(`the reason at ${user}`, reason, message.summary)
})

When('{user} signs in with the password {string}', async function (this: LabWorld, user: string, password: string) {
  await signIn(this, user, password)
})
