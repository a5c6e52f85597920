(* The headlines on how many operators inside one another, and so how many layers of attention, it
   takes to look back; restated with the words of Temporal.v and StatementsExpressivity.v. No real
   number, and no axiom, enters. *)
Require Import List PeanoNat.
From Locality Require Import Temporal StatementsExpressivity.
From Locality Require DepthCost.
Import ListNotations.

(* the word (a b^(j-1))^n a b^l *)
Definition blocks (a b j n l : nat) : word := power (a :: repeat b (j - 1)) n ++ a :: repeat b l.

(* "a within the last k" with windows of j: k / j + k mod j operators inside one another do, without
   P; fewer do not, even with P *)
Theorem headline_depth_cost (sigma : list nat) (j k a b : nat)
    (letters : In a sigma /\ In b sigma /\ a <> b) (window : 1 <= j <= k) :
  (exists f, ltl_window j f /\ depth f = k / j + k mod j /\ defines sigma f (within_last k a)) /\
  (forall f, ltl_past_window j f -> defines sigma f (within_last k a) ->
     k / j + k mod j <= depth f).
Proof. exact (DepthCost.least_depth sigma j k a b letters window). Qed.

(* how a window j reaches j letters farther than t, and one letter *)
Theorem headline_depth_steps (j t : nat) (g : formula) (window : 1 <= j <= t) :
  equivalent (Within (t + j) g) (Or (Within j g) (Within j (Within t g))) /\
  equivalent (Within (S t) g)
    (Or (Within j g) (And (Within j Top) (Not (Within j (Not (Within t g)))))).
Proof. now apply DepthCost.steps_correct. Qed.

(* so whatever it is that holds within the last k, it takes no more depth *)
Theorem headline_depth_enough (j k : nat) (g : formula) (window : 1 <= j <= k) :
  exists f, (ltl_window j g -> ltl_window j f) /\ depth f = k / j + k mod j + depth g /\
    equivalent f (Within k g).
Proof. now apply DepthCost.enough. Qed.

(* the words that show it; where k < j, they agree at every depth below n *)
Theorem headline_depth_agree (a b j k n : nat) (f : formula) (fragment : ltl_past_window j f)
    (letters : a <> b) (window : 1 <= j) (recent : 1 <= k)
    (shallow : depth f < n /\ (j <= k -> depth f < k / j + k mod j)) :
  accepted f (blocks a b j n (k - 1)) = accepted f (blocks a b j n k) /\
  within_last k a (blocks a b j n (k - 1)) /\ ~ within_last k a (blocks a b j n k).
Proof. now apply DepthCost.blocks_agree. Qed.
