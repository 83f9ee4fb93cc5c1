Feature: Limitations - early media
  What the called party says before it answers does not get outside.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: SIP early media is not supported

    @LIM-02
    Scenario: Bob speaks before he answers, and Alice at home hears nothing until then
      Given Alice and Bob are signed in
      And Bob speaks before he answers
      When Alice calls Bob
      Then Bob has sent "183 Session Progress" with a description
      And Alice has been told "180 Ringing" without a description
      And Alice hears nothing of what Bob says
      When Bob answers
      Then the call connects
      And Alice and Bob hear each other

    Scenario: inside Carol hears Bob before he answers
      Given Carol and Bob are signed in
      And Bob speaks before he answers
      When Carol calls Bob
      Then Bob has sent "183 Session Progress" with a description
      And Carol hears Bob
      When Bob answers
      Then the call connects
      And Carol and Bob hear each other
