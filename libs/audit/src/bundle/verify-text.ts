/** `VERIFY.txt`: for somebody who has this file, a policy, and no network. */
export const VERIFY_TEXT = `HOW TO CHECK THIS HISTORY

This file is part of a bundle (a zip file). It can be checked on any computer that has Python 3.8 or later, without a
network and without trusting whoever gave it to you. Leave the zip file as it is, and take one thing from elsewhere: the
key of the log, as the operator gave it to you earlier or by another way. policy.example.txt has the form of such a file.

  1. Take the checker out of the bundle, or better from a copy that you had before:

       unzip BUNDLE.zip VERIFY.txt verify/verify.py policy.example.txt

  2. Compare policy.example.txt with the key that you have. If they agree, save it as policy.txt and check:

       python3 verify/verify.py BUNDLE.zip --policy policy.txt

  3. If you kept a checkpoint from an earlier bundle (log/checkpoint), check that nothing before it was changed since:

       python3 verify/verify.py BUNDLE.zip --policy policy.txt --since checkpoint.earlier

Keep log/checkpoint of this bundle for the next time. The checker says at which entry something is wrong, and what it did
not check. What the files hold is described in docs/audit.md of Cordon, completely enough to write another checker.


如何核實這份紀錄

本檔案屬於一個壓縮檔（zip）。只要電腦裝有 Python 3.8 或以上版本，即可核實，無須網絡，也無須信任提供檔案的人。請保持壓縮檔
原狀，並從其他途徑取得一樣東西：紀錄的公開金鑰，即營運者較早前或以其他方式交給你的那一個。policy.example.txt 示範其格式。

  1. 從壓縮檔取出核實程式；如你早已另有一份，則更佳：

       unzip BUNDLE.zip VERIFY.txt verify/verify.py policy.example.txt

  2. 將 policy.example.txt 與你手上的金鑰比較。如兩者相同，另存為 policy.txt，然後核實：

       python3 verify/verify.py BUNDLE.zip --policy policy.txt

  3. 如你保留了較早前的檢查點（log/checkpoint），可核實其後沒有任何較早的紀錄被更改：

       python3 verify/verify.py BUNDLE.zip --policy policy.txt --since checkpoint.earlier

請保留本壓縮檔的 log/checkpoint，供下次使用。核實程式會指出哪一項紀錄有問題，以及哪些項目未經核實。各檔案的內容載於 Cordon
的 docs/audit.md，其說明足以另寫一個核實程式。
`;
