Feature: Calls of remote endpoints - what the signalling bears
  Refreshes, changes, cancellations and crossings pass the VCS pair as they pass between devices inside.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: sessions are refreshed through the VCS pair, and end where they are not

    Scenario: Unified CM refreshes both sides of a call
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      And Alice and Carol hear each other
      When the clocks advance by 16 minutes
      Then Alice and Carol have answered a refresh of Unified CM
      And Alice and Carol hear each other

    Scenario Outline: <caller> promised to refresh the session and <does>
      Given Alice and Carol are signed in
      And <caller> is in a call with <called> that <caller> <refreshes>
      When the clocks advance by 31 minutes
      Then <outcome>

      Examples:
        | caller | called | does       | refreshes            | outcome                                     |
        | Alice  | Carol  | does       | refreshes            | Alice and Carol hear each other             |
        | Alice  | Carol  | forgets it | forgets to refresh   | the session of Alice and Carol has expired  |
        | Carol  | Alice  | does       | refreshes            | Alice and Carol hear each other             |
        | Carol  | Alice  | forgets it | forgets to refresh   | the session of Carol and Alice has expired  |

  Rule: UPDATE changes a call like a re-INVITE

    Scenario Outline: <user> sends UPDATE
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      When <user> updates the session
      Then the update is answered "200 OK"
      And <other> has been offered the change
      And Alice and Carol hear each other

      Examples:
        | user  | other |
        | Alice | Carol |
        | Carol | Alice |

  Rule: offers may come late

    Scenario: Unified CM calls Alice without an offer
      Given early offer support of Unified CM is off
      And Alice and Carol are signed in
      When Carol calls Alice
      Then the call connects
      And Alice has received an INVITE without an offer
      And Alice and Carol hear each other

    Scenario: Alice calls without an offer
      Given Alice and Carol are signed in
      When Alice calls Carol without an offer
      Then the call connects
      And the Unified CM has received an INVITE without an offer
      And Alice and Carol hear each other

  Rule: a call may be given up at any moment

    Scenario: before it rings
      Given Alice and Carol are signed in
      And Carol answers no calls
      When Alice calls Carol and gives up at once
      Then the call fails with "487 Request Terminated"
      And no call is left anywhere

    Scenario: as it is being answered
      Given Alice and Carol are signed in
      And Carol answers at the moment in which the caller gives up
      When Alice calls Carol
      Then it rings at Carol
      When Alice gives up
      Then the call fails with "487 Request Terminated"
      And Carol has answered and been sent away
      And no call is left anywhere

  Rule: both sides may change the call at the same time

    Scenario: both put the call on hold at once
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      And Alice and Carol hear each other
      When Alice and Carol put the call on hold at once
      Then neither Alice nor Carol hears the other
      When Alice resumes the call
      And Carol resumes the call
      Then Alice and Carol hear each other

  Rule: remote call control of Unified CM is answered by every endpoint

    Scenario Outline: Unified CM has <user> show a text
      Given <user> is signed in
      When Unified CM has <user> show "Good morning"
      Then <user> has answered the remote call control of Unified CM

      Examples:
        | user           |
        | Alice          |
        | Bob            |
        | the board room |
        | Carol          |

  Rule: a client that is cut off has its calls ended inside

    Scenario Outline: <user> loses the connection during a call
      Given Alice, Carol and the board room are signed in
      And Carol is in a call with <user>
      And Carol and <user> hear each other
      When the SIP connection of <user> to the VCS Expressway breaks
      Then the call ends at Carol
      And no call is left anywhere

      Examples:
        | user           |
        | Alice          |
        | the board room |
