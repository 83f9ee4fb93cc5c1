Feature: Unsupported Jabber features when using mobile and remote access - shared lines and session persistency
  Several endpoints on one number, and a client that moves: what is left of it outside.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: endpoints that share a line ring together; in-call features are those of the first to answer

    @UNSJ-08
    Scenario: both ring, and who answers first has the call
      Given the board room shares the line of Alice
      And Alice, Carol and the board room are signed in
      And Alice answers no calls
      And the board room answers no calls
      When Carol calls Alice
      Then it rings at Alice
      And it rings at the board room
      When Alice answers
      Then the call connects
      And Carol and Alice hear each other
      And the call is taken back from the board room

    @UNSJ-08
    Scenario: the second one on the line does not drive out the first
      Given the board room shares the line of Alice
      And Alice, Carol and the board room are signed in
      And the board room answers no calls
      When Carol calls Alice
      Then the call connects
      And Carol and Alice hear each other

    @UNSJ-08 @UNSJ-09 @UNSJ-10
    Scenario: the one who answered holds and resumes; the other cannot, and does not know
      Given the board room shares the line of Alice
      And Alice, Carol and the board room are signed in
      And the board room answers no calls
      And Carol is in a call with Alice
      When Alice puts the call on hold
      Then the call is held at Carol
      And the board room takes the call to be over
      When the board room tries to resume the call
      Then the board room cannot
      And the call is held at Carol
      When Alice resumes the call
      Then Carol and Alice hear each other

    Scenario: one of both refuses
      Given the board room shares the line of Alice
      And Alice, Carol and the board room are signed in
      And Alice is busy
      When Carol calls the line that Alice and the board room share
      Then the call connects
      And Carol and the board room hear each other

  Rule: a client that changes its address keeps nothing

    @UNSJ-12
    Scenario: Alice walks from one network into another during a call
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      And Alice and Carol hear each other
      When Alice moves to another address
      Then the call ends at Carol
      And the Jabber of Alice knows no call
      And the next call to Alice fails
      When Alice signs in
      Then Unified CM has Alice registered
      And Alice is in a call with Carol
      And Alice and Carol hear each other

    Scenario: Alice stays where she is
      Given Alice and Carol are signed in
      And Alice is in a call with Carol
      Then Alice and Carol hear each other
      When Carol hangs up
      Then the call ends at Alice
      When Carol calls Alice
      Then the call connects
      And Carol and Alice hear each other
