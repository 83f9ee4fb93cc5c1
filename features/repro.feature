Feature: Field issues are reproduced and go away again
  Each known field issue is brought about in a healthy deployment by the misconfiguration the guide names, shows the
  guide's symptom at the client, and is gone after the guide's remedy.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: check credentials on the traversal zone breaks calls

    @TRB-407-01 @TRAV-18 @fault:407-check-credentials
    Scenario: calls fail with 407
      When the field issue "407-check-credentials" is reproduced
      Then it is healthy, shows the symptom, and is healthy again
