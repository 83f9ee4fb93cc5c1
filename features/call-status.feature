Feature: Call status
  What Status > Calls shows of a Unified CM remote session on both VCSs.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: a call under way is listed, an ended one moves to the history

    @CALL-01 @CALL-02
    Scenario: Alice's call on both VCSs
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then the VCS Control lists 1 current call and 0 in the history
      And the VCS Expressway lists 1 current call and 0 in the history
      When Alice hangs up
      Then the call ends at Carol
      And the VCS Control lists 0 current calls and 1 in the history
      And the VCS Expressway lists 0 current calls and 1 in the history

    @CALL-02
    Scenario: a call that was refused is in the history too
      Given Alice is signed in
      When Alice calls the number "1999"
      Then the call fails with "404 Not Found"
      And the VCS Control lists 0 current calls and 1 in the history
      And the VCS Expressway lists 0 current calls and 1 in the history

    @CALL-04
    Scenario: a restart empties the history
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      When Alice hangs up
      Then the VCS Control lists 0 current calls and 1 in the history
      When the VCS Control restarts
      Then the VCS Control lists 0 current calls and 0 in the history

  Rule: three components on the Control, one on the Expressway

    @CALL-08 @CALL-09 @CALL-10 @CALL-11
    Scenario: the components of Alice's call
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      And the call on the VCS Control has 3 components, one of them through "CEtcp-cucm1"
      And the call on the VCS Expressway has 1 component, one of them through "CollaborationEdgeZone"

  Rule: a call between two endpoints outside is two calls

    @CALL-12
    Scenario: Alice calls the board room
      Given Alice and the board room are signed in
      And Alice is in a call with the board room
      Then Alice and the board room hear each other
      And the VCS Control lists 2 current calls and 0 in the history
      And the VCS Expressway lists 2 current calls and 0 in the history
      When the board room hangs up
      Then the call ends at Alice
      And the VCS Control lists 0 current calls and 2 in the history

    @CALL-12
    Scenario: Alice calls the desk phone, one call
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then the VCS Control lists 1 current call and 0 in the history
      And the VCS Expressway lists 1 current call and 0 in the history

  Rule: Unified CM remote sessions are a call type of their own

    Scenario: the call type on the Control
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then the call on the VCS Control is a "Unified CM remote session"
