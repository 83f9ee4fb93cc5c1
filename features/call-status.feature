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

  Rule: the history has the 500 most recent calls

    @CALL-03 @slow
    Scenario: the 501st call pushes the first out
      Given Alice is signed in
      When Alice calls the number "1998"
      Then the call fails with "404 Not Found"
      When Alice calls the number "1999" 499 times
      Then the VCS Control lists 0 current calls and 500 in the history
      And the VCS Expressway lists 0 current calls and 500 in the history
      And the oldest call in the history of the VCS Control is for "1998"
      And the oldest call in the history of the VCS Expressway is for "1998"
      When Alice calls the number "1997"
      Then the call fails with "404 Not Found"
      And the VCS Control lists 0 current calls and 500 in the history
      And the VCS Expressway lists 0 current calls and 500 in the history
      And the oldest call in the history of the VCS Control is for "1999"
      And the oldest call in the history of the VCS Expressway is for "1999"
      And the newest call in the history of the VCS Control is for "1997"
      And the newest call in the history of the VCS Expressway is for "1997"

  Rule: calls of all types stand in one list, and only their components tell them apart

    @CALL-07 @LIC-01
    Scenario: one call of each type
      Given SIP devices of the Control and another company
      And Alice and Carol are signed in
      And Dave is signed in
      And Erin is signed in
      And Peter is signed in
      And Alice is in a call with Carol
      And Dave is in a call with Erin
      And Erin is in a call with Peter
      Then the calls on the VCS Control are "Unified CM remote session, VCS non-traversal call, VCS traversal call"
      And the calls on the VCS Expressway are "Unified CM remote session, VCS traversal call"
      And no row of the call list of the VCS Control says what type its call is
      And no row of the call list of the VCS Expressway says what type its call is
      And one call in the list of the VCS Control has the component "CEtcp-cucm1"
      And one call in the list of the VCS Expressway has the component "CollaborationEdgeZone"

    @CALL-07
    Scenario: the history has them all, too
      Given SIP devices of the Control and another company
      And Alice and Carol are signed in
      And Dave is signed in
      And Erin is signed in
      And Alice is in a call with Carol
      When Alice hangs up
      Then the call ends at Carol
      Given Dave is in a call with Erin
      When Dave hangs up
      Then the call ends at Erin
      And the VCS Control lists 0 current calls and 2 in the history
      And one call in the history of the VCS Control has the component "CEtcp-cucm1"

  Rule: the same information is there for each registration of the VCS itself

    @CALL-05
    Scenario: Dave's calls and nobody else's
      Given SIP devices of the Control and another company
      And Alice and Carol are signed in
      And Dave is signed in
      And Erin is signed in
      And Peter is signed in
      And Dave is in a call with Erin
      When Dave hangs up
      Then the call ends at Erin
      Given Erin is in a call with Peter
      And Alice is in a call with Carol
      Then Calls by registration of Dave on the VCS Control has exactly his calls, 1 of them
      And Calls by registration of Erin on the VCS Control has exactly her calls, 2 of them
      And Registration details of Dave on the VCS Control lead to 1 call
      And Registration details of Erin on the VCS Control lead to 2 calls
      And Calls by registration on the VCS Control has nothing of Alice
