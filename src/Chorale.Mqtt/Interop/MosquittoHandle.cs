using Microsoft.Win32.SafeHandles;

namespace Chorale.Mqtt.Interop;

/// <summary>One instance of the client. Destroying it closes its socket without a word and calls nobody back.</summary>
internal sealed class MosquittoHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        Mosquitto.Destroy(handle);
        return true;
    }
}
