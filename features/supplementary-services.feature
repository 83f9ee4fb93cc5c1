Feature: Calls of remote endpoints - supplementary services
  Unified CM controls what happens in a call; endpoints outside ask it through the VCS pair as endpoints inside do.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a call is held and resumed by either party

    Scenario Outline: <holder> holds and resumes
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      And Alice and Carol hear each other
      When <holder> puts the call on hold
      Then <holder> hears nothing
      And the call is held at <held>
      When <holder> resumes the call
      Then Alice and Carol hear each other

      Examples:
        | holder | held  |
        | Alice  | Carol |
        | Carol  | Alice |

    Scenario: the board room holds a call of Alice, both outside
      Given Alice and the board room are signed in
      And Alice is in a call with the board room
      And Alice and the board room hear each other
      When the board room puts the call on hold
      Then the board room hears nothing
      When the board room resumes the call
      Then Alice and the board room hear each other

  Rule: Unified CM transfers a call

    @OVW-02
    Scenario: Alice transfers Carol to Bob without asking him
      Given Alice, Bob and Carol are signed in
      And Alice is in a call with Carol
      When Alice transfers Carol to Bob
      Then the transfer succeeds
      And the call ends at Alice
      And Carol and Bob hear each other

    @OVW-02
    Scenario: Carol transfers Alice to the board room, both outside
      Given Alice, Carol and the board room are signed in
      And Carol is in a call with Alice
      When Carol transfers Alice to the board room
      Then the transfer succeeds
      And the call ends at Carol
      And Alice and the board room hear each other

    Scenario: Bob is busy, so that Carol stays with Alice
      Given Alice, Bob and Carol are signed in
      And Bob is busy
      And Alice is in a call with Carol
      When Alice transfers Carol to Bob
      Then the transfer fails with "486 Busy Here"
      And Alice and Carol hear each other

    @OVW-02
    Scenario: Alice asks Bob before she transfers Carol to him
      Given Alice, Bob and Carol are signed in
      And Alice is in a call with Carol
      And Alice puts the call on hold
      And Alice consults Bob
      When Alice joins the two
      Then the transfer succeeds
      And both calls end at Alice
      And Carol and Bob hear each other

    Scenario: the call that was to be transferred to is over
      Given Alice, Bob and Carol are signed in
      And Alice is in a call with Carol
      And Alice puts the call on hold
      And Alice consults Bob
      When Bob hangs up as Alice joins them
      Then the transfer fails with "481 Call/Transaction Does Not Exist"
      When Alice resumes the call
      Then Alice and Carol hear each other

  Rule: Unified CM holds a conference

    @OVW-02
    Scenario: Alice confers with Carol and the board room
      Given Alice, Carol and the board room are signed in
      And Alice is in a call with Carol
      And Alice puts the call on hold
      And Alice consults the board room
      When Alice makes it a conference
      Then Alice, Carol and the board room all hear each other
      And the Unified CM mixes the conference of Alice, Carol and the board room
      When Alice leaves the conference
      Then Carol and the board room hear each other

    Scenario: a call that is over makes no conference
      Given Alice, Bob and Carol are signed in
      And Alice is in a call with Carol
      And Alice puts the call on hold
      And Alice consults Bob
      When Bob hangs up as Alice makes it a conference
      Then the conference fails with "481 Call/Transaction Does Not Exist"

  Rule: keys pressed in a call reach the other party

    Scenario: Alice presses keys
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      And Alice and Carol hear each other
      When Alice presses "15#"
      Then Carol has heard the keys "15#"
      When Carol presses "*2"
      Then Alice has heard the keys "*2"

    Scenario: keys pressed on hold reach nobody
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      And Alice and Carol hear each other
      When Carol puts the call on hold
      And Alice presses "7"
      Then Carol hears nothing
      When Carol resumes the call
      And Alice presses "8"
      Then Carol has heard the keys "8"
