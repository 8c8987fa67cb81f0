using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Chorale.Hub.Access;

/// <summary>
/// Passwords that people choose: PBKDF2 with SHA-512, salted, so that each guess at a copied file costs as long as a login. They are worked
/// out one at a time on a thread of their own: a flood of logins takes one core at most, and no thread of the requests.
/// </summary>
internal sealed class Passwords
{
    public const int CharsMin = 10, CharsMax = 128;

    /// <summary>OWASP's count for PBKDF2-HMAC-SHA512 (Password Storage Cheat Sheet, 2023).</summary>
    internal const int Iterations = 210_000;

    /// <summary>More than wait here is a flood.</summary>
    private const int WaitingMax = 16;

    private const int SaltBytes = 16, HashBytes = 32;
    private const string Scheme = "pbkdf2-sha512";

    /// <summary>What a name that nobody has is compared with, at the same cost.</summary>
    private static readonly string Nobodys = Text(Iterations, new byte[SaltBytes], new byte[HashBytes]);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _waiting;

    /// <summary>Null for a password that can be used, else what is allowed.</summary>
    public static string? Problem(string? password, string? name)
    {
        if (password is null || password.Length < CharsMin) return $"at least {CharsMin} characters are needed; a sentence is a good one";
        if (password.Length > CharsMax) return $"at most {CharsMax} characters are allowed";
        if (password.Distinct().Count() < 4) return "at least 4 different characters are needed";
        return name is { Length: > 3 } && password.Contains(name, StringComparison.OrdinalIgnoreCase) ? "it must not contain the user's name" : null;
    }

    /// <summary>As it is stored.</summary>
    /// <exception cref="PasswordsBusyException">Too many are waiting.</exception>
    public Task<string> HashAsync(string password, CancellationToken cancel) => InTurnAsync(() => Hash(password), cancel);

    /// <summary>Takes the same time whether or not there is such a user and wherever the two differ.</summary>
    /// <param name="password">What was typed.</param>
    /// <param name="stored">Null: there is no such user.</param>
    /// <param name="cancel">Ends with the request.</param>
    /// <exception cref="PasswordsBusyException">Too many are waiting.</exception>
    public Task<bool> MatchesAsync(string password, string? stored, CancellationToken cancel) => InTurnAsync(() => Matches(password, stored ?? Nobodys) && stored is not null, cancel);

    /// <summary>On the caller's thread: for the command line.</summary>
    public static string Hash(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return Text(Iterations, salt, Derive(password, salt, Iterations));
    }

    private static bool Matches(string password, string stored)
    {
        if (password.Length > CharsMax) password = password[..CharsMax] + "…"; // none is that long
        if (stored.Split('$') is not [Scheme, var rounds, var salt, var hash]) throw new InvalidOperationException("a password in access.db is not in a form this program knows");
        var derived = Derive(password, Convert.FromBase64String(salt), int.Parse(rounds, CultureInfo.InvariantCulture));
        return CryptographicOperations.FixedTimeEquals(derived, Convert.FromBase64String(hash));
    }

    /// <summary>As typed: that the same letters are the same characters on every keyboard the page sees to (NFC), for this program runs without tables of Unicode.</summary>
    private static byte[] Derive(string password, byte[] salt, int rounds) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, rounds, HashAlgorithmName.SHA512, HashBytes);

    private static string Text(int rounds, byte[] salt, byte[] hash) => $"{Scheme}${rounds}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}";

    private async Task<T> InTurnAsync<T>(Func<T> work, CancellationToken cancel)
    {
        if (Interlocked.Increment(ref _waiting) > WaitingMax)
        {
            Interlocked.Decrement(ref _waiting);
            throw new PasswordsBusyException();
        }

        try
        {
            await _turn.WaitAsync(cancel);
            try
            {
                return await Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}

/// <summary>So many passwords are being checked that this one is not taken.</summary>
internal sealed class PasswordsBusyException : Exception;
